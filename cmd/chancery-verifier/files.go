package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// standardInput is the path that stands for it.
const standardInput = "-"

var errTooLarge = errors.New("too large")

// unreadable says which file could not be read, and why.
func unreadable(path string, err error) error {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("cannot read %s: %w", path, err)
}

// readFile returns the content of a file of at most limit bytes.
func readFile(path string, limit int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer file.Close()
	return readAll(file, path, limit)
}

func readAll(r io.Reader, path string, limit int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	if len(data) > limit {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", path, errTooLarge, limit)
	}
	return data, nil
}

// expand returns paths with each folder replaced by the files *.json below it, in order, and whether there was a folder.
func expand(paths []string) (files []string, folder bool, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case path == standardInput:
			files = append(files, path)
		case err != nil:
			return nil, false, unreadable(path, err)
		case info.IsDir():
			found, err := jsonFiles(path)
			if err != nil {
				return nil, false, err
			}
			files, folder = append(files, found...), true
		default:
			files = append(files, path)
		}
	}
	return files, folder, nil
}

// jsonFiles returns the files *.json below dir, in lexical order, but
// none whose name, or whose folder's name, starts with a dot. Links are not
// followed.
func jsonFiles(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch hidden := path != dir && strings.HasPrefix(entry.Name(), "."); {
		case err != nil:
			return unreadable(path, err)
		case hidden && entry.IsDir():
			return fs.SkipDir
		case !hidden && entry.Type().IsRegular() && filepath.Ext(path) == ".json":
			files = append(files, path)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: it holds no file *.json", dir)
	}
	return files, err
}
