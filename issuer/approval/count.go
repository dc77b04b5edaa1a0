package approval

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/chancery-vc/chancery/internal/sshsig"
)

// count is who signed.
type count struct {
	people map[int]ssh.PublicKey // by their number, with the key that they used
	others []error               // why other signatures do not count
}

// count tells whose signatures are good for a manifest. A person counts once.
func (a *Approvers) count(manifest []byte, signatures []*sshsig.Signature) count {
	c := count{people: map[int]ssh.PublicKey{}}
	for n, s := range signatures {
		owner, known := a.owners[string(s.Key.Marshal())]
		if !known {
			c.others = append(c.others, fmt.Errorf("signature %d is of %s, which is nobody's", n+1, ssh.FingerprintSHA256(s.Key)))
			continue
		}
		name := a.Approvers[owner.person].Name
		if err := s.Verify(manifest, Namespace); err != nil {
			c.others = append(c.others, fmt.Errorf("signature %d, of %s: %w", n+1, name, err))
			continue
		}
		if _, twice := c.people[owner.person]; !twice {
			c.people[owner.person] = owner.key
		}
	}
	return c
}

// names returns who signed, in the order of the file.
func (a *Approvers) names(c count) (names []string) {
	for i, p := range a.Approvers {
		if key, signed := c.people[i]; signed {
			names = append(names, p.Name+" "+ssh.FingerprintSHA256(key))
		}
	}
	return names
}

// missing says what a manifest needs still.
func (a *Approvers) missing(serial uint64, c count, path string) string {
	by := "nobody"
	if len(c.people) > 0 {
		by = strings.Join(a.names(c), " and ")
	}
	var left []string
	for i, p := range a.Approvers {
		if _, signed := c.people[i]; !signed {
			left = append(left, p.Name)
		}
	}
	said := fmt.Sprintf("serial %d is approved by %s; still needed: %d of %s: %s", serial, by, a.Need-len(c.people), strings.Join(left, ", "), SignWith(path))
	if err := errors.Join(c.others...); err != nil {
		said += "\n" + err.Error()
	}
	return said
}

// SignWith returns the command by which somebody approves the configuration at
// path.
func SignWith(path string) string {
	return fmt.Sprintf("ssh-keygen -Y sign -n %s -f KEY < %s >> %s", Namespace, path+ManifestSuffix, path+SignatureSuffix)
}
