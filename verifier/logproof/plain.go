package logproof

// plain tells whether a string stands in JSON as it is: it is of printable
// ASCII, without quotes and backslashes. Most of what is read is, so that eight
// bytes are looked at together.
func plain(s string) bool {
	for ; len(s) >= 8; s = s[8:] {
		if w := word(s); special(w) {
			return false
		}
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// word returns the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

const (
	each = 0x0101010101010101 // times a byte is a word of eight of them
	high = 0x80 * each
)

// special tells whether a byte of a word is not plain. Below a byte that is
// smaller than what is taken from it its high bit becomes 1.
func special(w uint64) bool {
	control := (w - ' '*each) &^ w
	return (w|control|none(w^'"'*each)|none(w^'\\'*each)|none(w^0x7f*each))&high != 0
}

// none has a high bit in a word of which a byte is 0.
func none(w uint64) uint64 { return (w - each) &^ w }
