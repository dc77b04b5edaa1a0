// Package secret reads secrets by reference, so that no configuration holds
// one. A reference is a text, which is no secret itself:
//
//	file:PATH        a file of its owner's alone; a path by itself means the same
//	systemd:NAME     a credential of the service (systemd.exec, LoadCredential=)
//	env:NAME         a variable of the environment, which is warned about
//	fd:N             what an open file descriptor has, to its end
//	prompt:          what is typed at a terminal
//	age:PATH         a file encrypted with a passphrase (C2SP age-encryption.org/v1),
//	                 typed at a terminal, or by ?passphrase=REFERENCE
//	vault:kv/MOUNT/PATH#FIELD    a field of a secret in HashiCorp Vault or OpenBao,
//	                             version 2 of the KV engine
//	vault:transit/MOUNT/NAME     a key that never leaves there, by ?version=N
//	pkcs11:…         a key that never leaves its token (RFC 7512)
//
// The last two are of package key: there is nothing to read.
//
// Errors wrap [ErrReference], [ErrContent] or [ErrUnavailable], or are those of
// package secretfile and of the file system. None has a word of a secret.
//
// Sources: systemd.io/CREDENTIALS; github.com/C2SP/C2SP/blob/main/age.md;
// RFC 7512.
package secret

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Errors that callers can tell apart with [errors.Is].
var (
	// ErrReference says that a text is no reference, or cannot be one here.
	ErrReference = errors.New("not a reference to a secret")
	// ErrContent says that what is there is not what it should be.
	ErrContent = errors.New("the secret is not what it should be")
	// ErrUnavailable says that who has the secret does not answer.
	ErrUnavailable = errors.New("the secret cannot be had at present")
)

// The kinds of references.
const (
	File       = "file"
	Systemd    = "systemd"
	Env        = "env"
	Descriptor = "fd"
	Prompt     = "prompt"
	Age        = "age"
	Vault      = "vault"
	PKCS11     = "pkcs11"
)

// Reference says where a secret is.
type Reference struct {
	Kind string
	Name string // the rest of the text: a path, a name, a number
	// Passphrase is what opens an age file.
	Passphrase *Reference
}

// String returns the text of a reference.
func (r Reference) String() string {
	if r.Passphrase != nil {
		return r.Kind + ":" + r.Name + passphraseMark + r.Passphrase.String()
	}
	return r.Kind + ":" + r.Name
}

const passphraseMark = "?passphrase="

var (
	kinds      = regexp.MustCompile(`^([a-z][a-z0-9+.-]+):(.*)$`)
	credential = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$`)
	variable   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// minDescriptor is after standard input, output and error.
const (
	minDescriptor = 3
	maxDescriptor = 1023
)

// Parse reads a reference. What begins with none of the kinds is a path.
func Parse(text string) (Reference, error) {
	if text == "" || strings.ContainsAny(text, "\x00\r\n") {
		return Reference{}, fmt.Errorf("%w: it is empty, or more than one line", ErrReference)
	}
	parts := kinds.FindStringSubmatch(text)
	if parts == nil {
		return Reference{Kind: File, Name: text}, nil
	}
	r := Reference{Kind: parts[1], Name: parts[2]}
	var err error
	switch r.Kind {
	case File, PKCS11:
		err = wants(r, r.Name != "", "something behind the colon")
	case Systemd:
		err = wants(r, credential.MatchString(r.Name), "the name of a credential: letters, digits, ., _ and -")
	case Env:
		err = wants(r, variable.MatchString(r.Name), "the name of a variable")
	case Descriptor:
		n, failed := strconv.Atoi(r.Name)
		err = wants(r, failed == nil && n >= minDescriptor && n <= maxDescriptor, "a number from 3 to 1023")
	case Prompt:
		err = wants(r, r.Name == "", "nothing behind the colon")
	case Age:
		return parseAge(r)
	case Vault:
		_, err = r.Vault()
	default:
		err = fmt.Errorf("%w: nothing is known of %s: write %s:%s if it is a file of that name", ErrReference, r.Kind, File, text)
	}
	return r, err
}

func wants(r Reference, ok bool, what string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%w: %s: wants %s", ErrReference, r.Kind, what)
}

func parseAge(r Reference) (Reference, error) {
	file, by, ok := strings.Cut(r.Name, passphraseMark)
	r.Name, r.Passphrase = file, &Reference{Kind: Prompt}
	if ok {
		passphrase, err := Parse(by)
		if err != nil {
			return r, fmt.Errorf("passphrase: %w", err)
		}
		r.Passphrase = &passphrase
	}
	if !slices.Contains([]string{File, Systemd, Env, Descriptor, Prompt}, r.Passphrase.Kind) {
		return r, fmt.Errorf("%w: the passphrase of an age file is a file, a systemd credential, a variable, a descriptor or typed", ErrReference)
	}
	return r, wants(r, file != "", "a path")
}

// InVault is a place in Vault.
type InVault struct {
	Engine  string // kv or transit
	Mount   string // of the engine
	Name    string // path of the secret, or name of the key
	Field   string // of the secret
	Version int    // of the key; 0 for the newest
}

// Engines of Vault that are spoken to.
const (
	EngineKV      = "kv"
	EngineTransit = "transit"
)

var (
	vaultMount = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)
	vaultPath  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$`)
)

// Vault returns the place that a reference of the kind vault names.
func (r Reference) Vault() (InVault, error) {
	engine, rest, _ := strings.Cut(r.Name, "/")
	mount, name, _ := strings.Cut(rest, "/")
	in := InVault{Engine: engine, Mount: mount, Name: name}
	switch engine {
	case EngineKV:
		in.Name, in.Field, _ = strings.Cut(name, "#")
		return in, wants(r, vaultMount.MatchString(mount) && vaultPath.MatchString(in.Name) && vaultMount.MatchString(in.Field),
			"kv/MOUNT/PATH#FIELD")
	case EngineTransit:
		version := ""
		var given bool
		in.Name, version, given = strings.Cut(name, "?version=")
		ok := vaultMount.MatchString(mount) && vaultMount.MatchString(in.Name)
		if given {
			n, err := strconv.Atoi(version)
			in.Version, ok = n, ok && err == nil && n > 0
		}
		return in, wants(r, ok, "transit/MOUNT/NAME, or that and ?version=N")
	}
	return in, wants(r, false, "kv/… or transit/…")
}

// Within returns the reference with a path that is relative to folder.
func (r Reference) Within(folder string) Reference {
	if (r.Kind == File || r.Kind == Age) && !path.IsAbs(r.Name) {
		r.Name = path.Join(folder, r.Name)
	}
	if r.Passphrase != nil {
		within := r.Passphrase.Within(folder)
		r.Passphrase = &within
	}
	return r
}
