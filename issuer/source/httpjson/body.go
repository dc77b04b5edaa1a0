package httpjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// timeForm is RFC 3339 with milliseconds.
const timeForm = "2006-01-02T15:04:05.000Z07:00"

// filling is what goes into a place of a body.
type filling int

const (
	fillKey filling = iota + 1
	fillUnique
	fillNow
)

// part is a piece of a body's text, and what follows it; the last part is
// followed by nothing.
type part struct {
	text []byte
	then filling
}

// body is the text of a request, cut where something is put in.
type body []part

// parseBody cuts a JSON text where the pointers point: at an empty string each.
func parseBody(from Resource) (body, error) {
	if from.KeyAt == "" {
		return nil, errors.New("name key_at, which says where in it the key goes")
	}
	places := map[jsontext.Pointer]filling{jsontext.Pointer(from.KeyAt): fillKey}
	for _, p := range from.UniqueAt {
		places[jsontext.Pointer(p)] = fillUnique
	}
	for _, p := range from.NowAt {
		places[jsontext.Pointer(p)] = fillNow
	}
	if want := 1 + len(from.UniqueAt) + len(from.NowAt); len(places) != want {
		return nil, errors.New("two things are to be put in one place")
	}
	text := []byte(from.Body)
	if _, err := parse(bytes.Clone(text)); err != nil {
		return nil, errors.New("it is not one JSON text with each member once")
	}
	decoder := jsontext.NewDecoder(bytes.NewReader(text))
	var b body
	begin := 0
	for {
		token, err := decoder.ReadToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		at := decoder.StackPointer()
		fill, wanted := places[at]
		if !wanted || isName(decoder) {
			continue
		}
		if token.Kind() != '"' || token.String() != "" {
			return nil, fmt.Errorf(`%q points at something else than "", which holds the place`, at)
		}
		end := int(decoder.InputOffset())
		b = append(b, part{text[begin : end-len(`""`)], fill})
		begin = end
		delete(places, at)
	}
	for at := range places {
		return nil, fmt.Errorf("%q points at nothing in it", at)
	}
	return append(b, part{text: text[begin:]}), nil
}

// isName tells whether the token just read is the name of a member.
func isName(decoder *jsontext.Decoder) bool {
	kind, length := decoder.StackIndex(decoder.StackDepth())
	return kind == '{' && length%2 == 1
}

// with returns the text for a key.
func (b body) with(key string, now time.Time, random io.Reader) ([]byte, error) {
	var out []byte
	for _, p := range b {
		out = append(out, p.text...)
		fill := ""
		switch p.then {
		case 0:
			continue
		case fillKey:
			fill = key
		case fillNow:
			fill = now.UTC().Format(timeForm)
		case fillUnique:
			id, err := uuid.NewRandomFromReader(random)
			if err != nil {
				return nil, fmt.Errorf("make an identifier: %w", err)
			}
			fill = id.String()
		}
		var err error
		if out, err = jsontext.AppendQuote(out, fill); err != nil {
			return nil, errors.New("the key is no text")
		}
	}
	return out, nil
}
