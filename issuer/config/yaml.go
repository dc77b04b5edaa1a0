package config

import "fmt"

// Decode reads the one YAML document of another file of the operator's as a
// configuration is read: unknown and doubled keys are refused by name and line.
func Decode(data []byte, into any) error {
	if len(data) > MaxBytes {
		return fmt.Errorf("%w: larger than %d bytes", ErrInvalid, MaxBytes)
	}
	return decode(data, into)
}
