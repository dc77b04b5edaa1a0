package wallet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Entry is one credential of a wallet. It was verified when it was stored; now
// it is what its issuer once said.
type Entry struct {
	ID         string // SHA-256 of the credential's bytes, in hexadecimal
	Path       string
	Credential *credential.Unverified

	form         form
	contextsPath string // there only if contexts came with it
	receiptPath  string // there only if a receipt came with it
}

// Bytes returns the very bytes that the issuer sent, which the caller must not
// change.
func (e Entry) Bytes() []byte { return e.form.data }

// Add stores what was received, if its report accepts it and its one subject is
// the holder or, of an SD-JWT VC, its key is the holder's.
func (w *Wallet) Add(received *Received) (Entry, error) {
	verified := received.report.Verified()
	if verified == nil {
		return Entry{}, fmt.Errorf("%w: the verdict is %s", ErrNotAccepted, received.report.Verdict())
	}
	if err := w.owns(received, verified.Subjects()); err != nil {
		return Entry{}, err
	}
	entry := w.entry(digest(received.Bytes()), received.form.extension())
	entry.Credential, entry.form = received.credential, received.form
	if err := entry.storeContexts(received.contexts); err != nil {
		return Entry{}, fmt.Errorf("store the credential's contexts: %w", err)
	}
	if received.receipt != nil {
		if err := durable.Place(entry.receiptPath, received.receipt, 0o600, os.Rename); err != nil {
			return Entry{}, fmt.Errorf("store the credential's receipt: %w", err)
		}
	}
	if err := durable.Place(entry.Path, entry.Bytes(), 0o600, os.Rename); err != nil {
		return Entry{}, fmt.Errorf("store the credential: %w", err)
	}
	return entry, nil
}

// List returns the wallet's credentials in the order of their IDs.
func (w *Wallet) List() ([]Entry, error) {
	files, err := os.ReadDir(filepath.Join(w.dir, credentialsDir))
	if err != nil {
		return nil, fmt.Errorf("list the credentials: %w", err)
	}
	var entries []Entry
	for _, file := range files {
		suffix := filepath.Ext(file.Name())
		if suffix != extension && suffix != extensionSDJWT {
			continue
		}
		entry, err := w.read(strings.TrimSuffix(file.Name(), suffix), suffix)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// Export writes the very bytes of the credential to a new file, mode 0600.
func (e Entry) Export(path string) error {
	err := durable.Place(path, e.Bytes(), 0o600, durable.RenameNew)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w: move it away, or name another file", path, fs.ErrExist)
	}
	return err
}

func (w *Wallet) read(id, suffix string) (Entry, error) {
	entry := w.entry(id, suffix)
	data, err := os.ReadFile(entry.Path)
	if err != nil {
		return Entry{}, fmt.Errorf("read a credential: %w", err)
	}
	if digest(data) != id {
		return Entry{}, fmt.Errorf("%s: %w: move it away", entry.Path, ErrDamaged)
	}
	if entry.form, entry.Credential, err = parse(data); err != nil {
		return Entry{}, fmt.Errorf("%s: %w: move it away", entry.Path, err)
	}
	return entry, nil
}

// entry returns where the credential called id is, in a form.
func (w *Wallet) entry(id, suffix string) Entry {
	path := filepath.Join(w.dir, credentialsDir, id+suffix)
	return Entry{
		ID: id, Path: path, contextsPath: filepath.Join(w.dir, contextsDir, id+extension), receiptPath: path + logproof.ReceiptExtension,
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
