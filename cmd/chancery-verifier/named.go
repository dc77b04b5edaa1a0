package main

import (
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/verifier/schema"
)

// maxResource caps the size of one file of --resource.
const maxResource = 32 << 20

// readNamed returns the files that a flag gives for URLs, each as URL=FILE. A
// URL can have an equals sign; a file should not.
func readNamed(flag string, values []string, most int) (map[string][][]byte, error) {
	named := map[string][][]byte{}
	for _, value := range values {
		at := strings.LastIndex(value, "=")
		if at < 1 {
			return nil, fmt.Errorf("--%s %s: write it as URL=FILE", flag, value)
		}
		data, err := readFile(value[at+1:], most)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", flag, err)
		}
		named[value[:at]] = append(named[value[:at]], data)
	}
	return named, nil
}

func readSchemas(values []string) (*schema.Set, error) {
	named, err := readNamed("schema", values, schema.MaxSchemaBytes)
	if err != nil || len(named) == 0 {
		return nil, err
	}
	documents := map[string][]byte{}
	for url, versions := range named {
		if len(versions) > 1 {
			return nil, fmt.Errorf("--schema %s: given twice", url)
		}
		documents[url] = versions[0]
	}
	return schema.New(documents)
}
