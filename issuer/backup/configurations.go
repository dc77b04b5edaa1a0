package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chancery-vc/chancery/issuer"
)

// Configurations returns the files of the configurations that were in force
// under a state folder. A state may be older than these are.
func Configurations(state string) (parts []Part, err error) {
	folder := filepath.Join(state, issuer.ConfigurationFolder)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, entry := range entries {
		if name := configurations + entry.Name(); names.MatchString(name) {
			parts = append(parts, Part{name, filepath.Join(folder, entry.Name())})
		}
	}
	return parts, err
}
