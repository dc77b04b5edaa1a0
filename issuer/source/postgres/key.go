package postgres

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/source"
)

// integerBits has the sizes of the integer types.
var integerBits = map[uint32]int{oidInt2: 16, oidInt4: 32, oidInt8: 64}

// uuidText is a uuid as PostgreSQL prints it.
var uuidText = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// argument returns the parameter for a key. One that no record can have is
// NULL, which no record has either: it is looked up all the same, so that it
// takes as long.
func argument(oid uint32, key string) []byte {
	if !possible(oid, key) {
		return nil
	}
	return []byte(key)
}

func possible(oid uint32, key string) bool {
	if bits, ok := integerBits[oid]; ok {
		n, err := strconv.ParseInt(key, 10, bits)
		return err == nil && strconv.FormatInt(n, 10) == key
	}
	if oid == oidUUID {
		return uuidText.MatchString(key)
	}
	return len(key) <= source.MaxValue && utf8.ValidString(key) && !strings.ContainsRune(key, 0)
}
