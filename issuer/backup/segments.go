package backup

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
)

// Segments returns the files of the first sealed records of a log, which are in
// folder. Those that were sealed since are left out.
func Segments(folder string, sealed uint64) (parts []Part, err error) {
	archive, err := issuancelog.OpenArchive(folder)
	if err != nil {
		return nil, err
	}
	if archive.Size() < sealed {
		return nil, fmt.Errorf("%w: %s has records up to %d, and %d were sealed", issuancelog.ErrSegment, folder, archive.Size(), sealed)
	}
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		name := SealedFolder + entry.Name()
		if !names.MatchString(name) {
			continue
		}
		from, err := strconv.ParseUint(entry.Name()[:16], 10, 64)
		if err != nil {
			return nil, err
		}
		if from < sealed {
			parts = append(parts, Part{name, filepath.Join(folder, entry.Name())})
		}
	}
	return parts, err
}
