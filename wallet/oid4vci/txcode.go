package oid4vci

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Input modes of a transaction code (section 4.1.1). Empty stands for the
// first.
const (
	inputNumeric = "numeric"
	inputText    = "text"
)

// TxCode says what transaction code an offer needs.
type TxCode struct {
	InputMode   string `json:"input_mode,omitzero"`
	Length      int    `json:"length,omitzero"` // characters; 0 if it is not said
	Description string `json:"description,omitzero"`
}

// String says what to type, such as "6 digits".
func (t *TxCode) String() string {
	unit := "characters"
	if t.numeric() {
		unit = "digits"
	}
	if t.Length > 0 {
		return fmt.Sprintf("%d %s", t.Length, unit)
	}
	return unit
}

func (t *TxCode) numeric() bool { return t.InputMode == "" || t.InputMode == inputNumeric }

// Check finds a code that cannot be right, so that no attempt is lost on it.
// A nil t is for an offer that needs none.
func (t *TxCode) Check(code string) error {
	switch {
	case t == nil && code != "":
		return fmt.Errorf("%w: the offer needs none; leave it out", ErrTxCode)
	case t == nil:
		return nil
	case code == "":
		return fmt.Errorf("%w: the offer needs one, of %s", ErrTxCode, t)
	case t.Length > 0 && utf8.RuneCountInString(code) != t.Length:
		return fmt.Errorf("%w: it must have %s", ErrTxCode, t)
	case t.numeric() && strings.Trim(code, "0123456789") != "":
		return fmt.Errorf("%w: it must have digits only", ErrTxCode)
	}
	return nil
}
