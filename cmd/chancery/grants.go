package main

import (
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/verifier"
)

// grantTerms tells the terms of a grant, to go on with a sentence.
func grantTerms(g config.Grant) (text string) {
	if g.Keys.Prefix != "" {
		text += fmt.Sprintf(", of records whose key begins with %q", g.Keys.Prefix)
	}
	if g.Keys.File != "" {
		text += ", of the records in " + g.Keys.File
	}
	if !g.NotBefore.IsZero() {
		text += ", from " + g.NotBefore.Format(time.RFC3339)
	}
	if !g.Until.IsZero() {
		text += ", until " + g.Until.Format(time.RFC3339)
	}
	if g.Rate.Questions > 0 {
		text += fmt.Sprintf(", at most %d questions in %s", g.Rate.Questions, verifier.Span(g.Rate.In))
	}
	return text
}
