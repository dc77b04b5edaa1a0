package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/chancery-vc/chancery/internal/secretfile"
	"github.com/chancery-vc/chancery/issuer/secret/vault"
)

// maxLine is the most bytes that a secret of one line may have.
const maxLine = 8 << 10

// Environment is what a store takes from the process it is in. What is nil is
// not there.
type Environment struct {
	// Lookup returns a variable of the environment.
	Lookup func(name string) (string, bool)
	// Prompt asks whoever sits at the terminal, and does not show what is typed.
	Prompt func(question string) (string, error)
	// Warn is told what the operator must know and nothing stops for.
	Warn func(text string)
}

// Store reads secrets. It is safe for concurrent use.
type Store struct {
	environment Environment
	folder      string
	vault       *vault.Client // nil for none

	mu     sync.Mutex
	once   map[string][]byte // what can be read only once, by its reference
	opened map[string]opened // age files, by path
	last   map[string]string // the last line of a reference that was had
	warned map[string]bool
}

// New returns a store that takes relative paths to be of folder.
func New(folder string, e Environment) *Store {
	return &Store{
		environment: e, folder: folder,
		once: map[string][]byte{}, opened: map[string]opened{}, last: map[string]string{}, warned: map[string]bool{},
	}
}

// UseVault has the store read from Vault too. It is for the one who makes the
// store, before anybody reads.
func (s *Store) UseVault(client *vault.Client) { s.vault = client }

// Vault returns what [Store.UseVault] was given, or nil.
func (s *Store) Vault() *vault.Client { return s.vault }

// Read returns the secret, which has at most so many bytes. Its text may be
// another one each time.
func (s *Store) Read(ctx context.Context, r Reference, most int) ([]byte, error) {
	data, err := s.read(ctx, r.Within(s.folder), most)
	if err != nil {
		return nil, err
	}
	if len(data) > most {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrContent, r, most)
	}
	return data, nil
}

func (s *Store) read(ctx context.Context, r Reference, most int) ([]byte, error) {
	switch r.Kind {
	case File:
		return secretfile.Read(r.Name, most)
	case Systemd:
		return s.credential(r.Name, most)
	case Env:
		return s.variable(r.Name)
	case Descriptor, Prompt:
		return s.keep(r, most)
	case Age:
		return s.age(ctx, r, most)
	case Vault:
		return s.inVault(ctx, r)
	}
	return nil, fmt.Errorf("%w: %s names a key that nobody can read, and a secret to read is wanted", ErrReference, r)
}

// Line returns a secret of one line, without the newline at its end.
func (s *Store) Line(ctx context.Context, r Reference) (string, error) {
	data, err := s.Read(ctx, r, maxLine)
	if err != nil {
		return "", err
	}
	line := bytes.TrimSuffix(data, []byte("\n"))
	if len(line) == 0 || bytes.ContainsAny(line, "\x00\r\n") {
		return "", fmt.Errorf("%w: %s does not hold one line", ErrContent, r)
	}
	return string(line), nil
}

// LastLine is [Store.Line]; where who has the secret does not answer, it is what
// was had last, which may still be right.
func (s *Store) LastLine(ctx context.Context, r Reference) (string, error) {
	line, err := s.Line(ctx, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	last, had := s.last[r.String()]
	if errors.Is(err, ErrUnavailable) && had {
		return last, nil
	}
	if err == nil {
		s.last[r.String()] = line
	}
	return line, err
}

// credential reads a credential that systemd has put where only the service
// finds it.
func (s *Store) credential(name string, most int) ([]byte, error) {
	const variable = "CREDENTIALS_DIRECTORY"
	folder, ok := s.lookup(variable)
	if !ok || !filepath.IsAbs(folder) {
		return nil, fmt.Errorf("%w: systemd gave this process no credentials (%s is not set): add LoadCredential=%s:PATH to its unit", ErrReference, variable, name)
	}
	return secretfile.ReadCredential(filepath.Join(folder, name), most)
}

func (s *Store) lookup(name string) (string, bool) {
	if s.environment.Lookup == nil {
		return "", false
	}
	return s.environment.Lookup(name)
}

// variable reads a variable. It stays in the environment: taking it away would
// not take it out of /proc, where the process's own account reads it.
func (s *Store) variable(name string) ([]byte, error) {
	value, ok := s.lookup(name)
	if !ok || value == "" {
		return nil, fmt.Errorf("%w: the environment has no %s", ErrReference, name)
	}
	s.mu.Lock()
	warn := s.environment.Warn != nil && !s.warned[name]
	s.warned[name] = true
	s.mu.Unlock()
	if warn {
		s.environment.Warn(fmt.Sprintf("a secret is in the environment, as %s: whatever else this account runs can read it, and what prints its environment tells it; a file or a systemd credential is safer", name))
	}
	return []byte(value), nil
}

// keep reads what can be read once, and keeps it.
func (s *Store) keep(r Reference, most int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if data, ok := s.once[r.String()]; ok {
		return data, nil
	}
	read := s.prompt
	if r.Kind == Descriptor {
		read = func() ([]byte, error) { return readDescriptor(r, most) }
	}
	data, err := read()
	if err == nil {
		s.once[r.String()] = data
	}
	return data, err
}

func (s *Store) prompt() ([]byte, error) {
	if s.environment.Prompt == nil {
		return nil, fmt.Errorf("%w: a passphrase is to be typed, and there is no terminal: name a systemd credential (?passphrase=systemd:NAME) or a descriptor (?passphrase=fd:3)", ErrReference)
	}
	typed, err := s.environment.Prompt("Passphrase:")
	return []byte(typed), err
}

func readDescriptor(r Reference, most int) ([]byte, error) {
	n, err := strconv.Atoi(r.Name)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrReference, r)
	}
	file := os.NewFile(uintptr(n), r.String())
	if file == nil {
		return nil, fmt.Errorf("%w: %s is not open", ErrReference, r)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %s cannot be read: open it when starting, such as 3< FILE", ErrReference, r)
	}
	return data, nil
}

func (s *Store) inVault(ctx context.Context, r Reference) ([]byte, error) {
	in, err := r.Vault()
	if err != nil {
		return nil, err
	}
	if in.Engine != EngineKV {
		return nil, fmt.Errorf("%w: %s names a key that nobody can read, and a secret to read is wanted", ErrReference, r)
	}
	if s.vault == nil {
		return nil, fmt.Errorf("%w: %s: the configuration does not say, under vault, where Vault is", ErrReference, r)
	}
	text, err := s.vault.KV(ctx, in.Mount, in.Name, in.Field)
	if errors.Is(err, vault.ErrUnavailable) {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return []byte(text), err
}
