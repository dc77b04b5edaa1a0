package config

import "reflect"

// Changed returns the keys, at the top of the file, under which next is other
// than c, with defaults filled in.
func (c *Config) Changed(next *Config) (keys []string) {
	was, is := reflect.ValueOf(*c), reflect.ValueOf(*next)
	for _, field := range reflect.VisibleFields(was.Type()) {
		key, ok := field.Tag.Lookup("yaml")
		if ok && !reflect.DeepEqual(was.FieldByIndex(field.Index).Interface(), is.FieldByIndex(field.Index).Interface()) {
			keys = append(keys, key)
		}
	}
	return keys
}
