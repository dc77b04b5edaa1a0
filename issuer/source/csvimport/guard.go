package csvimport

import (
	"bufio"
	"errors"
)

var errRecordTooLarge = errors.New("the record is too large: a closing quote may be missing")

// guard stands between the file and encoding/csv. It bounds a record, which
// encoding/csv reads into memory whole, and keeps CRLF within quotes, which
// encoding/csv makes LF: of CR CR LF it leaves CR LF, so the CR is doubled.
//
// Whether a byte is within quotes is told by the count of quotes before it;
// that is wrong only after a stray quote, which encoding/csv refuses first.
type guard struct {
	in       *bufio.Reader
	quoted   bool // within quotes
	previous byte
	held     bool // a LF is still to be handed on
	line     int  // the line being read
	start    int  // the line on which its record starts
	size     int  // bytes of the record so far
	failed   error
}

// Read implements io.Reader.
func (g *guard) Read(p []byte) (int, error) {
	for n := range p {
		b, err := g.next()
		if err != nil {
			g.failed = err
			return n, err
		}
		p[n] = b
	}
	return len(p), nil
}

func (g *guard) next() (byte, error) {
	if g.held {
		g.held = false
		return '\n', nil
	}
	b, err := g.in.ReadByte()
	if err != nil {
		return 0, err
	}
	if g.size++; g.size > MaxRecord {
		return 0, &LineError{g.start, errRecordTooLarge}
	}
	previous := g.previous
	g.previous = b
	switch b {
	case '"':
		g.quoted = !g.quoted
	case '\n':
		g.line++
		if !g.quoted {
			g.start, g.size = g.line, 0
		} else if previous == '\r' {
			g.held = true
			return '\r', nil
		}
	}
	return b, nil
}
