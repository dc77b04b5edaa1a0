package wallet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
)

// storeContexts keeps the contexts that came with a credential: without them
// nothing can be derived from it or signed over it.
func (e Entry) storeContexts(own []bundle.Context) error {
	if len(own) == 0 {
		return nil
	}
	data, err := json.Marshal(own)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(e.contextsPath), 0o700); err != nil {
		return err
	}
	return durable.Place(e.contextsPath, data, 0o600, os.Rename)
}

// contexts returns the embedded contexts and those that came with the
// credential.
func (e Entry) contexts() (*schemas.Contexts, error) {
	all, err := schemas.Embedded()
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(e.contextsPath)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the contexts of a credential: %w", err)
	}
	var own []bundle.Context
	if err := json.Unmarshal(data, &own); err != nil {
		return nil, fmt.Errorf("%s: %w", e.contextsPath, ErrDamaged)
	}
	for _, one := range own {
		if all, err = all.With(one.URL, one.Document, one.SHA256); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", e.contextsPath, ErrDamaged, err)
		}
	}
	return all, nil
}
