package sdjwtvc

import "fmt"

// ByType returns type metadata documents by the vct that each has, as
// [LoadTypeMetadata] takes them. Each must be usable, though what it extends
// need not be there.
func ByType(documents ...[]byte) (map[string][]byte, error) {
	byType := map[string][]byte{}
	for _, data := range documents {
		d, err := readType(data)
		if err != nil {
			return nil, err
		}
		if byType[d.Type] != nil {
			return nil, fmt.Errorf("%w: there are two for %.200q", ErrTypeMetadata, d.Type)
		}
		if err := (&TypeMetadata{}).add(d); err != nil {
			return nil, err
		}
		byType[d.Type] = data
	}
	return byType, nil
}
