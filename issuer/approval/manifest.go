package approval

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/issuer/config"
)

// MaxSerial is the largest serial number: other readers of JSON cannot tell
// larger ones apart.
const MaxSerial = 1 << 53

// Manifest is what people sign.
type Manifest struct {
	// Log is the name of the issuer's log, so that one issuer's approval is no
	// other's.
	Log string `json:"log"`
	// Serial counts the approved configurations of this issuer, from 1 on.
	Serial uint64 `json:"serial"`
	// Configuration is the SHA-256 of the file, in hexadecimal.
	Configuration string `json:"configuration"`
	// Files are the SHA-256 of those that it names, by their paths in it.
	Files map[string]string `json:"files"`
	// Ends says that configurations after this one need no approval.
	Ends bool `json:"ends,omitzero"`
}

// NewManifest returns the manifest of c and of the files that it names as they
// are now.
func NewManifest(c *config.Config, serial uint64) (Manifest, error) {
	m := Manifest{Log: c.LogName(), Serial: serial, Configuration: c.Digest(), Files: map[string]string{}}
	files, err := readFiles(c)
	for path, data := range files {
		m.Files[path] = digestOf(data)
	}
	return m, err
}

// Bytes returns the manifest as it is signed.
func (m Manifest) Bytes() ([]byte, error) {
	data, err := json.Marshal(m, json.Deterministic(true), jsontext.WithIndent("  "))
	return append(data, '\n'), err
}

// ParseManifest reads one.
func ParseManifest(data []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(data, &m, json.RejectUnknownMembers(true)); err != nil {
		return m, fmt.Errorf("%w: not a manifest: %w", ErrNotApproved, err)
	}
	if m.Serial < 1 || m.Serial > MaxSerial {
		return m, fmt.Errorf("%w: not a manifest: serial is from 1 to %d", ErrNotApproved, uint64(MaxSerial))
	}
	return m, nil
}

// hold returns the files of c, if they and c are what m has.
func (m Manifest) hold(c *config.Config) (map[string][]byte, error) {
	if m.Log != c.LogName() {
		return nil, fmt.Errorf("its manifest is for %q, and it is a configuration of %q", m.Log, c.LogName())
	}
	if m.Configuration != c.Digest() {
		return nil, fmt.Errorf("it has the sha256 %s, and its manifest has %q", c.Digest(), m.Configuration)
	}
	if named := slices.Sorted(maps.Keys(m.Files)); !slices.Equal(named, c.Files()) {
		return nil, fmt.Errorf("it names the files %q, and its manifest %q", c.Files(), named)
	}
	files, err := readFiles(c)
	if err != nil {
		return nil, err
	}
	for _, path := range c.Files() {
		if found := digestOf(files[path]); found != m.Files[path] {
			return nil, fmt.Errorf("%s has the sha256 %s, and its manifest has %q", path, found, m.Files[path])
		}
	}
	return files, nil
}

// readFiles returns the files that c names. All of them together are as large as
// one may be: whoever edits a configuration is approved by nobody yet.
func readFiles(c *config.Config) (map[string][]byte, error) {
	files, left := map[string][]byte{}, config.MaxFileBytes
	for _, path := range c.Files() {
		data, err := c.Read(path, left)
		if err != nil {
			return nil, err
		}
		files[path], left = data, left-len(data)
	}
	return files, nil
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
