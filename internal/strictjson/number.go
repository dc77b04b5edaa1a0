package strictjson

import (
	"fmt"
	"strconv"
	"strings"
)

// number returns the float64 that literal stands for, if that float64, written
// out again in its shortest form, is the same decimal number. 2^53+1, 1e400
// and 0.1000000000000000001 are not, and neither is -0, which RFC 8785 writes
// as 0.
func number(literal string) (float64, error) {
	value, err := strconv.ParseFloat(literal, 64)
	if err != nil || decimal(literal) != decimal(strconv.FormatFloat(value, 'e', -1, 64)) {
		return 0, fmt.Errorf("the number %.40s cannot be kept exactly", literal)
	}
	if value == 0 && strings.HasPrefix(literal, "-") {
		return 0, fmt.Errorf("the number %.40s cannot be kept exactly", literal)
	}
	return value, nil
}

// decimal normalizes a JSON number to its significant digits and the exponent
// of the last of them, so that equal numbers have equal text.
func decimal(literal string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(literal, "-"); negative {
		sign, literal = "-", rest
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(literal), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0"
	}
	// An exponent too large for an int was refused by ParseFloat, except for
	// a mantissa of zero, which ends above.
	scale, _ := strconv.Atoi(exponent)
	scale -= len(fraction)
	trimmed := strings.TrimRight(digits, "0")
	return sign + trimmed + "e" + strconv.Itoa(scale+len(digits)-len(trimmed))
}
