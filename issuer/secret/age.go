package secret

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/chancery-vc/chancery/internal/secretfile"
)

const (
	// maxWork caps what a file can make scrypt do: 2^20 is some seconds, and
	// 1 GiB of memory. The age command writes 2^18.
	maxWork = 20
	// maxAge is the most bytes that an age file may have around its secret.
	maxAge = 16 << 10
)

// opened is an age file that was decrypted: as long as it is the same file,
// that need not be done again.
type opened struct {
	sum   [sha256.Size]byte
	plain []byte
}

func (s *Store) age(ctx context.Context, r Reference, most int) ([]byte, error) {
	data, err := secretfile.Read(r.Name, 2*most+maxAge)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	s.mu.Lock()
	before, ok := s.opened[r.Name]
	s.mu.Unlock()
	if ok && before.sum == sum {
		return before.plain, nil
	}
	passphrase, err := s.Line(ctx, *r.Passphrase)
	if err != nil {
		return nil, fmt.Errorf("passphrase of %s: %w", r.Name, err)
	}
	plain, err := decrypt(data, passphrase, most)
	if err != nil {
		s.forget(*r.Passphrase)
		return nil, fmt.Errorf("%w: %s %w", ErrContent, r.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened[r.Name] = opened{sum, plain}
	return plain, nil
}

// forget lets a passphrase that was typed wrong be typed again.
func (s *Store) forget(r Reference) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Kind == Prompt {
		delete(s.once, r.String())
	}
}

// decrypt opens an age file, armored or not.
func decrypt(data []byte, passphrase string, most int) ([]byte, error) {
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, errors.New("cannot be opened with an empty passphrase")
	}
	identity.SetMaxWorkFactor(maxWork)
	var from io.Reader = bufio.NewReader(bytes.NewReader(data))
	if strings.HasPrefix(string(data), armor.Header) {
		from = armor.NewReader(from)
	}
	plain, err := age.Decrypt(from, identity)
	if err != nil {
		return nil, errors.New("is no age file that this passphrase opens, or asks for more work than 2^20")
	}
	text, err := io.ReadAll(io.LimitReader(plain, int64(most)+1))
	if err != nil {
		return nil, errors.New("is damaged")
	}
	return text, nil
}
