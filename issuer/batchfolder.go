package issuer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Names in a batch's folder. A credential is staged, durable, before the log
// says that it was answered, and released by renaming it afterwards.
const (
	manifestFile = ".chancery-batch.json"
	stagedDir    = ".staged"
	extension    = ".json"
	receiptExt   = logproof.ReceiptExtension // after the name of the credential's file
	urnPrefix    = "urn:uuid:"
)

// manifest says which batch a folder belongs to.
type manifest struct {
	Batch    string `json:"batch"`
	Profile  string `json:"profile"`
	Issuer   string `json:"issuer"`
	Replaces string `json:"replaces,omitempty"` // key whose credentials it issues again; empty for none
}

// purpose says what else a batch is than the issue of every record.
func (m manifest) purpose() string {
	if m.Replaces == "" {
		return ""
	}
	return ", in place of what " + m.Replaces + " signed"
}

type batchFolder struct{ dir, id string }

// openBatchFolder opens the folder of a batch, or starts a batch in a folder
// that is empty or not there.
func openBatchFolder(dir string, of manifest, random io.Reader) (*batchFolder, error) {
	data, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return startBatch(dir, of, random)
	}
	if err != nil {
		return nil, fmt.Errorf("folder of the batch: %w", err)
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil || m.Batch == "" {
		return nil, errFolder("%s is damaged", filepath.Join(dir, manifestFile))
	}
	if of.Batch = m.Batch; m != of {
		return nil, errFolder("%s holds a batch of profile %s by %s%s; choose another folder", dir, m.Profile, m.Issuer, m.purpose())
	}
	return &batchFolder{dir: dir, id: m.Batch}, makeStaged(dir)
}

func makeStaged(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, stagedDir), 0o700); err != nil {
		return fmt.Errorf("folder of the batch: %w", err)
	}
	return nil
}

func startBatch(dir string, m manifest, random io.Reader) (*batchFolder, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("folder of the batch: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() != stagedDir && !strings.HasPrefix(entry.Name(), durable.Partial) {
			return nil, errFolder("%s is not empty and not the folder of a batch; choose another one", dir)
		}
	}
	id, err := uuid.NewRandomFromReader(random)
	if err != nil {
		return nil, err
	}
	m.Batch = id.String()
	data, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if err := makeStaged(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, manifestFile)
	return &batchFolder{dir: dir, id: m.Batch}, durable.Place(path, data, 0o600, os.Rename)
}

func (f *batchFolder) file(credential string) string { return BatchFile(credential) }

func (f *batchFolder) stage(a Answer) error {
	return durable.Write(filepath.Join(f.dir, stagedDir, f.file(a.Credential)), a.Bytes, 0o600)
}

func (f *batchFolder) release(credential string) error {
	name := f.file(credential)
	return os.Rename(filepath.Join(f.dir, stagedDir, name), filepath.Join(f.dir, name))
}

// recover releases the staged credentials that were logged and deletes the
// others, which nobody has seen. A logged credential that is nowhere is an
// error: something else deleted it.
func (f *batchFolder) recover(logged map[string]bool) error {
	staged, err := os.ReadDir(filepath.Join(f.dir, stagedDir))
	if err != nil {
		return err
	}
	for _, entry := range staged {
		credential := urnPrefix + strings.TrimSuffix(entry.Name(), extension)
		if logged[credential] {
			err = f.release(credential)
		} else {
			err = os.Remove(filepath.Join(f.dir, stagedDir, entry.Name()))
		}
		if err != nil {
			return err
		}
	}
	return f.complete(logged)
}

func (f *batchFolder) complete(logged map[string]bool) error {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, entry := range entries {
		there[entry.Name()] = true
	}
	for credential := range logged {
		if !there[f.file(credential)] {
			return errFolder("%s was issued into %s and is not there; bring it back, or revoke it and start a batch in another folder", credential, f.dir)
		}
	}
	return nil
}

// receipt writes the receipt of a credential beside it. It need not be durable:
// one that a crash took is made again.
func (f *batchFolder) receipt(credential string, receipt []byte) error {
	if receipt == nil {
		return nil
	}
	return os.WriteFile(filepath.Join(f.dir, f.file(credential)+receiptExt), receipt, 0o600)
}

// hasReceipt tells whether the receipt of a credential is in the folder, whole.
func (f *batchFolder) hasReceipt(credential string) bool {
	data, err := os.ReadFile(filepath.Join(f.dir, f.file(credential)+receiptExt))
	if err != nil {
		return false
	}
	_, err = logproof.ParseReceipt(data)
	return err == nil
}

// sync makes the renames durable.
func (f *batchFolder) sync() error {
	return durable.SyncDir(f.dir)
}
