package main

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

const (
	sumsFile       = "SHA256SUMS"
	credentialFile = "release.vc.json"
)

// release is a folder of built programs, and who signs for them.
type release struct {
	builds *builds
	folder string
	url    string // below which it will be
	signer crypto.Signer
	id     string // of the signer
	made   time.Time
}

// describe writes what a release has beside its programs.
func (r *release) describe(ctx context.Context) (err error) {
	if r.id, _, err = did.FromKey(r.signer.Public()); err != nil {
		return err
	}
	digests, err := r.digests()
	if err != nil {
		return err
	}
	for name, content := range map[string]func() ([]byte, error){
		"chancery-" + r.builds.version + ".cdx.json": r.builds.sbom,
		provenanceFile: func() ([]byte, error) { return r.provenance(digests) },
	} {
		data, err := content()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := r.write(name, data); err != nil {
			return err
		}
	}
	if digests, err = r.digests(); err != nil {
		return err
	}
	sums := sumsOf(digests)
	if err := r.write(sumsFile, sums); err != nil {
		return err
	}
	signed, err := r.credential(ctx, sums)
	if err != nil {
		return err
	}
	return r.write(credentialFile, signed)
}

// write puts a file of the release in its place.
func (r *release) write(name string, data []byte) error {
	return durable.Write(filepath.Join(r.folder, name), data, 0o644)
}

// digests returns the SHA-256 of each file, in hexadecimal.
func (r *release) digests() (map[string]string, error) {
	entries, err := os.ReadDir(r.folder)
	if err != nil {
		return nil, err
	}
	digests := map[string]string{}
	for _, entry := range entries {
		if digests[entry.Name()], err = digestOf(filepath.Join(r.folder, entry.Name())); err != nil {
			return nil, err
		}
	}
	return digests, nil
}

func digestOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// sumsOf returns what `sha256sum --check` reads.
func sumsOf(digests map[string]string) []byte {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(digests)) {
		fmt.Fprintf(&b, "%s  %s\n", digests[name], name)
	}
	return []byte(b.String())
}

// credential says which checksums are those of this version. It relates to
// them by their digest, so that a verifier that has the file can tell.
func (r *release) credential(ctx context.Context, sums []byte) ([]byte, error) {
	contexts, err := schemas.Embedded()
	if err != nil {
		return nil, err
	}
	minter, err := mint.New(r.id, r.signer, eddsa.RDFC2022{}, contexts)
	if err != nil {
		return nil, err
	}
	address := r.url + "/" + r.builds.version
	digest := sha256.Sum256(sums)
	document, err := json.Marshal(object{
		"@context": []string{schemas.CredentialsV2}, "id": address + "/" + credentialFile, "type": []string{credential.TypeCredential},
		"issuer": r.id, "validFrom": credential.FormatTime(r.made),
		"credentialSubject": object{
			"id": address, "name": "Chancery " + r.builds.version,
			"description": "built by " + r.builds.goVersion + " from commit " + r.builds.commit,
		},
		"relatedResource": []object{{"id": address + "/" + sumsFile, "mediaType": "text/plain", "digestSRI": "sha256-" + base64.StdEncoding.EncodeToString(digest[:])}},
	}, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	return minter.Secure(ctx, document, r.made)
}
