package approval

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"

	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/internal/sshsig"
	"github.com/chancery-vc/chancery/issuer/config"
)

// ErrApprovers is the kind of every error about the file of approvers.
var ErrApprovers = errors.New("the approvers' file cannot be used")

// othersWrite are the bits of a file that let others than its owner write it.
const othersWrite = 0o022

// maxApprovers caps the people of a file, and the keys of each of them.
const maxApprovers = 64

// Approvers says who approves configurations. Whoever can write it can approve
// what they like: it is root's, and no configuration names it.
type Approvers struct {
	// Need is how many of them it takes.
	Need int `yaml:"need"`
	// Approvers are the people.
	Approvers []Person `yaml:"approvers"`

	digest string
	owners map[string]owner // of keys, by their bytes
}

// Person is somebody who approves.
type Person struct {
	// Name is what errors and the log call them.
	Name string `yaml:"name"`
	// Keys are their SSH keys, each a line as in FILE.pub. They count as one,
	// however many of them sign. One that is lost is taken out here.
	Keys []string `yaml:"keys"`
}

// owner is whose a key is.
type owner struct {
	person int // in the list
	key    ssh.PublicKey
}

// ReadApprovers reads the file at path, which nobody but root or this account
// may write.
func ReadApprovers(path string) (*Approvers, error) {
	data, err := readOwned(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrApprovers, err)
	}
	a, err := ParseApprovers(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

func readOwned(path string) ([]byte, error) {
	file, err := config.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat() // of the open file: no other can take its place
	if err != nil {
		return nil, err
	}
	if mode := info.Mode(); mode&othersWrite != 0 {
		return nil, fmt.Errorf("others than its owner can write %s; run: chmod go-w %s", path, path)
	}
	stat, known := info.Sys().(*syscall.Stat_t)
	if known && stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return nil, fmt.Errorf("%s belongs to account %d, which can change it; run: chown root %s", path, stat.Uid, path)
	}
	return io.ReadAll(io.LimitReader(file, config.MaxBytes+1))
}

// ParseApprovers reads such a file.
func ParseApprovers(data []byte) (*Approvers, error) {
	sum := sha256.Sum256(data)
	a := &Approvers{digest: hex.EncodeToString(sum[:]), owners: map[string]owner{}}
	if err := config.Decode(data, a); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrApprovers, strings.TrimPrefix(err.Error(), config.ErrInvalid.Error()+": "))
	}
	if len(a.Approvers) > maxApprovers {
		return nil, fmt.Errorf("%w: more than %d approvers", ErrApprovers, maxApprovers)
	}
	if a.Need < 1 || a.Need > len(a.Approvers) {
		return nil, fmt.Errorf("%w: need is %d, and must be from 1 to the number of approvers, which is %d", ErrApprovers, a.Need, len(a.Approvers))
	}
	for i := range a.Approvers {
		if err := a.add(i); err != nil {
			return nil, fmt.Errorf("%w: approver %d, %q: %w", ErrApprovers, i+1, a.Approvers[i].Name, err)
		}
	}
	return a, nil
}

// nameForm is what a name can be: it is printed, and in the log.
var nameForm = regexp.MustCompile(`^[\pL\pN][\pL\pN .,'@_-]{0,63}$`)

// add takes person number i and their keys.
func (a *Approvers) add(i int) error {
	p := a.Approvers[i]
	same := func(other Person) bool { return strings.EqualFold(other.Name, p.Name) }
	switch {
	case !nameForm.MatchString(p.Name):
		return errors.New("a name has up to 64 letters, digits, blanks and .,'@_-")
	case slices.ContainsFunc(a.Approvers[:i], same):
		return errors.New("the name is there twice: list all keys of one person together")
	case len(p.Keys) == 0 || len(p.Keys) > maxApprovers:
		return fmt.Errorf("keys has from 1 to %d SSH keys, each a line as in FILE.pub", maxApprovers)
	}
	for n, line := range p.Keys {
		key, err := parseKey(line)
		if err != nil {
			return fmt.Errorf("key %d: %w", n+1, err)
		}
		if other, taken := a.owners[string(key.Marshal())]; taken {
			return fmt.Errorf("key %d is there already, as one of %s: each key is one person's", n+1, a.Approvers[other.person].Name)
		}
		a.owners[string(key.Marshal())] = owner{i, key}
	}
	return nil
}

func parseKey(line string) (ssh.PublicKey, error) {
	key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil || len(options) > 0 || len(rest) > 0 {
		return nil, errors.New("it is not one line of a FILE.pub, such as: ssh-ed25519 AAAAC3Nza…")
	}
	if weak(key) {
		return nil, errors.New("anybody can sign for it: it is a point of small order, and no key")
	}
	if !slices.Contains(sshsig.KeyTypes(), key.Type()) {
		return nil, fmt.Errorf("its type is %s; make one with: ssh-keygen -t ed25519-sk (in a security key) or -t ed25519", key.Type())
	}
	return key, nil
}

// weak tells whether a key is of Ed25519 and one that nobody has made.
func weak(key ssh.PublicKey) bool {
	holder, _ := key.(ssh.CryptoPublicKey)
	if holder == nil {
		return false
	}
	public, ok := holder.CryptoPublicKey().(ed25519.PublicKey)
	if !ok {
		return false
	}
	text, err := multikey.Encode(public)
	if err == nil {
		_, err = multikey.Decode(text)
	}
	return err != nil
}
