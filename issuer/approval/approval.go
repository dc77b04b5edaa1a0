// Package approval has a configuration come into force only if so many of the
// named people signed it, so that a change needs two.
//
// What they sign is a manifest: one JSON object beside the configuration, as
// FILE.manifest, with the name of the issuer's log, a serial number, and the
// SHA-256 of the configuration and of each file of which it says what the issuer
// does ([config.Config.Files]). They sign it with the SSH keys that they have,
// in a security key best:
//
//	ssh-keygen -Y sign -n configuration@chancery-vc.github.io -f KEY < FILE.manifest >> FILE.manifest.sig
//
// Who they are, and how many it takes, is in a file that no configuration names
// ([Approvers]). Each file is read once, and what was read is what is used: it
// helps nobody to exchange one after it was looked at.
//
// The serial number is for the state of the issuer, which takes no lower one
// than it has seen: what was approved once does not come back unless it is
// approved again, with a new number.
//
// Errors wrap [ErrNotApproved], [ErrApprovers] or [config.ErrInvalid], or are
// those of the file system.
//
// Source: OpenSSH, PROTOCOL.sshsig. The manifest is Chancery's own, and is
// described in docs/operations.
package approval

import (
	"errors"
	"fmt"
	"os"

	"github.com/chancery-vc/chancery/internal/sshsig"
	"github.com/chancery-vc/chancery/issuer/config"
)

// Namespace is what signatures are made for: one for anything else does not
// count.
const Namespace = "configuration@chancery-vc.github.io"

// What the names of manifest and signatures end with.
const (
	ManifestSuffix  = ".manifest"
	SignatureSuffix = ".manifest.sig"
)

// ErrNotApproved is the kind of every error about a configuration that too few
// have approved, or that is not what they approved.
var ErrNotApproved = errors.New("the configuration is not approved")

// Load reads the configuration at path, and returns it only if it is approved.
func Load(path string, a *Approvers) (*config.Config, error) {
	c, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	manifest, err := readBeside(path+ManifestSuffix, config.MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("%w; make it with: chancery config manifest --config %s", err, path)
	}
	signatures, err := readBeside(path+SignatureSuffix, sshsig.MaxBytes)
	if errors.Is(err, os.ErrNotExist) {
		err = nil // nobody has signed yet
	}
	if err != nil {
		return nil, err
	}
	if err := approve(c, a, path, manifest, signatures); err != nil {
		return nil, err
	}
	return c, nil
}

func readBeside(path string, most int) ([]byte, error) {
	data, err := config.ReadFile(path, most)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotApproved, err)
	}
	return data, nil
}

// approve has c be approved, if it is, by what was found beside path.
func approve(c *config.Config, a *Approvers, path string, manifest, signatures []byte) error {
	m, err := ParseManifest(manifest)
	if err != nil {
		return fmt.Errorf("%s: %w", path+ManifestSuffix, err)
	}
	signed, err := sshsig.Read(signatures)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNotApproved, path+SignatureSuffix, err)
	}
	files, err := m.hold(c) // first: whoever is still to sign must not be told alone that they are missing
	if err != nil {
		return fmt.Errorf("%w: %w; put back what was approved, or have this approved: chancery config manifest --config %s", ErrNotApproved, err, path)
	}
	count := a.count(manifest, signed)
	if len(count.people) < a.Need {
		return fmt.Errorf("%w: %s", ErrNotApproved, a.missing(m.Serial, count, path))
	}
	c.Approve(config.Approval{
		Serial: m.Serial, Ends: m.Ends, Approvers: a.names(count), Manifest: manifest, Signatures: signatures, Terms: a.digest,
	}, files)
	return nil
}
