// Package backup writes an issuer's log, state and configurations into one file,
// and takes them out of it again.
//
// A backup is a tar archive (POSIX.1-2017, ustar; pax for files of 8 GiB and
// more) of regular files with mode 0600 and no time, so that the same content
// is the same bytes. The first is manifest.json, which says what the others
// are, in order of their names:
//
//	chancery.yaml        the configuration
//	checkpoint           signed by the issuer, if it was being served
//	sealed/…             segments of the log
//	state/issuer.db      the state file, with the log
//	state/….key          keys of pseudonyms, if they were asked for
//	state/configurations/…
//	                     those that were in force, and what approvers signed
//
// No signing key and no password is in it. Whoever has it can read the log and
// all that the state says; whoever can write it can put an older one in its
// place, which only checkpoints kept elsewhere show.
//
// Who reads one believes nothing of it: its bytes must be those that [Write]
// makes of its own content, to the last one, and each name must be one of the
// above. So there is nothing to be guessed of paths, links, sparse files or
// files given twice. Memory does not grow with the state.
//
// Errors are [ErrArchive], or those of the file system.
package backup

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/pseudonym"
	"github.com/chancery-vc/chancery/issuer/store"
)

// Caps on what is read of an archive before anything of it was checked.
const (
	maxManifestBytes = 4 << 20
	maxFiles         = 1 << 14
)

// ErrArchive says that a file is no backup as it was written.
var ErrArchive = errors.New("this is not a backup as it was written; bring back another copy of it")

// Names of files in a backup.
const (
	manifestName   = "manifest.json"
	ConfigFile     = "chancery.yaml"
	CheckpointFile = "checkpoint"
	StateFolder    = "state/"
	StateFile      = StateFolder + issuer.StateFile
	SealedFolder   = "sealed/"
	configurations = StateFolder + issuer.ConfigurationFolder + "/"
)

// names are all that a file in a backup may be called.
var names = regexp.MustCompile(`^(chancery\.yaml|checkpoint|sealed/[0-9]{16}-[0-9]{16}\.(ndjson|checkpoint)|state/(issuer\.db|configurations/([0-9a-f]{64}\.yaml|[0-9A-Za-z_-]{43}\.manifest(\.sig)?)|pairwise\.key|pseudonym(-[0-9]{1,19})?\.key))$`)

// Part is a file that goes into a backup.
type Part struct {
	Name string // in the backup, with slashes
	Path string // where it is now
}

// File is what a manifest says of a file.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // in hexadecimal
}

// Manifest says what a backup holds. All of it follows from the other files.
type Manifest struct {
	Format        int               `json:"format"`
	Origin        string            `json:"origin"`              // name of the log
	Records       uint64            `json:"records"`             // of the log
	Root          string            `json:"root"`                // of its tree, base64
	Head          string            `json:"head"`                // hash of its last record, base64
	Sealed        uint64            `json:"sealed,omitzero"`     // records that are not in the state file
	Configuration string            `json:"configuration"`       // SHA-256 of the configuration, in hexadecimal
	Identity      map[string]string `json:"identity"`            // address, name and public keys that the state is bound to
	Pseudonyms    []string          `json:"pseudonymKeysNeeded"` // files of keys that the issuer does not start without
	Files         []File            `json:"files"`
}

// Has tells whether the backup has a file.
func (m *Manifest) Has(name string) bool {
	return slices.ContainsFunc(m.Files, func(f File) bool { return f.Name == name })
}

// describe returns the manifest of parts, which are sorted by it.
func describe(parts []Part) (*Manifest, error) {
	slices.SortFunc(parts, func(a, b Part) int { return cmp.Compare(a.Name, b.Name) })
	m := &Manifest{Format: 1}
	paths := map[string]string{}
	for _, part := range parts {
		file, err := digest(part)
		if err != nil {
			return nil, fmt.Errorf("back up %s: %w", part.Name, err)
		}
		m.Files, paths[part.Name] = append(m.Files, file), part.Path
	}
	if err := m.checkNames(); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(paths[ConfigFile])
	if err != nil {
		return nil, err
	}
	loaded, err := config.Parse(text, "/")
	if err != nil {
		return nil, err
	}
	m.Origin, m.Configuration = issuer.Origin(loaded), loaded.Digest()
	state, err := store.OpenReadOnly(paths[StateFile])
	if err != nil {
		return nil, err
	}
	return m, errors.Join(state.View(m.readState), state.Close())
}

func digest(part Part) (File, error) {
	file, err := os.Open(part.Path)
	if err != nil {
		return File{}, err
	}
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	return File{part.Name, size, hex.EncodeToString(sum.Sum(nil))}, errors.Join(err, file.Close())
}

// checkNames: each file has one of the known names, once, in order, and those
// that every backup has are there.
func (m *Manifest) checkNames() error {
	if len(m.Files) > maxFiles {
		return fmt.Errorf("%w: it has more than %d files", ErrArchive, maxFiles)
	}
	for i, file := range m.Files {
		if !names.MatchString(file.Name) || file.Size < 0 {
			return fmt.Errorf("%w: a file %.80q is none that a backup has", ErrArchive, file.Name)
		}
		if i > 0 && m.Files[i-1].Name >= file.Name {
			return fmt.Errorf("%w: %s is there twice, or out of order", ErrArchive, file.Name)
		}
	}
	for _, name := range []string{ConfigFile, StateFile} {
		if !m.Has(name) {
			return fmt.Errorf("%w: it has no %s", ErrArchive, name)
		}
	}
	return nil
}

// readState takes over what the state file says.
func (m *Manifest) readState(tx *store.Tx) (err error) {
	if m.Records, err = issuancelog.Size(tx); err != nil {
		return err
	}
	log, err := issuancelog.State(tx, m.Origin, m.Records)
	if err != nil {
		return err
	}
	m.Root, m.Head = base64.StdEncoding.EncodeToString(log.Root[:]), base64.StdEncoding.EncodeToString(log.Head[:])
	if m.Sealed, err = issuancelog.SealedSize(tx); err != nil {
		return err
	}
	m.Identity = issuer.Identity(tx)
	m.Pseudonyms, err = pseudonym.Files(tx)
	return err
}

// encode returns the bytes of a manifest.
func (m *Manifest) encode() ([]byte, error) {
	data, err := json.Marshal(m, json.Deterministic(true))
	return append(data, '\n'), err
}
