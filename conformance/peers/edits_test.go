package peers

import (
	"bytes"
	"slices"
	"strings"
)

// edit is something that is done to a signed credential. Its name completes
// the sentence "what if ..."; why says, where a peer takes it, why we do not.
type edit struct {
	name string
	do   func(signed []byte) []byte
	why  string
}

// reasons has the names of edits by why they are refused here, for those that
// are done to more than one kind of thing.
type reasons map[string][]string

// because returns edits with their reasons. Every name must be that of an edit.
func because(edits []edit, why reasons) []edit {
	edits = slices.Clone(edits)
	for reason, names := range why {
		for _, name := range names {
			i := slices.IndexFunc(edits, func(e edit) bool { return e.name == name })
			if i < 0 {
				panic("no edit is called " + name)
			}
			edits[i].why = reason
		}
	}
	return edits
}

// members makes an edit of one that works on the parsed credential.
func members(do func(o object)) func([]byte) []byte {
	return func(signed []byte) []byte {
		o := parse(signed)
		do(o)
		return format(o)
	}
}

// inSubject and inProof set a member of the subject or of the proof.
func inSubject(name string, value any) func([]byte) []byte {
	return members(func(o object) { theSubject(o)[name] = value })
}

func inProof(name string, value any) func([]byte) []byte {
	return members(func(o object) { theProof(o)[name] = value })
}

func with(name string, value any) func([]byte) []byte {
	return members(func(o object) { o[name] = value })
}

func without(name string) func([]byte) []byte {
	return members(func(o object) { delete(o, name) })
}

// text replaces a piece of the JSON text, once.
func text(old, replacement string) func([]byte) []byte {
	return func(signed []byte) []byte {
		return bytes.Replace(format(parse(signed)), []byte(old), []byte(replacement), 1)
	}
}

// atStart adds members before all others.
func atStart(added string) func([]byte) []byte {
	return text(`{`, `{`+added+`,`)
}

// beside puts a value beside that of a member of the subject.
func beside(name string, added any) func([]byte) []byte {
	return members(func(o object) {
		s := theSubject(o)
		s[name] = append(list(s[name]), added)
	})
}

// secondSubject adds a subject.
func secondSubject(added object) func([]byte) []byte {
	return members(func(o object) { o["credentialSubject"] = append(list(o["credentialSubject"]), added) })
}

// context changes the list of contexts.
func contexts(change func([]any) []any) func([]byte) []byte {
	return members(func(o object) { o["@context"] = change(o["@context"].([]any)) })
}

// proofs replaces the proof by what is made of it.
func proofs(change func(object) any) func([]byte) []byte {
	return members(func(o object) { o["proof"] = change(theProof(o)) })
}

// value changes the proof's value.
func value(change func(string) string) func([]byte) []byte {
	return members(func(o object) {
		p := theProof(o)
		p["proofValue"] = change(p["proofValue"].(string))
	})
}

func list(value any) []any {
	if values, ok := value.([]any); ok {
		return values
	}
	return []any{value}
}

func theSubject(o object) object { return list(o["credentialSubject"])[0].(object) }

func theProof(o object) object { return list(o["proof"])[0].(object) }

// reverse reads the value of a member from its end.
func reverse(values []any) []any {
	out := make([]any, 0, len(values))
	for i := range values {
		out = append(out, values[len(values)-1-i])
	}
	return out
}

func cut(s string) string { return s[:len(s)-1] }

// next exchanges the last character for another one of base58.
func next(s string) string {
	if strings.HasSuffix(s, "2") {
		return cut(s) + "3"
	}
	return cut(s) + "2"
}
