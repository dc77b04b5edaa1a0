package cose

import (
	"bytes"
	"crypto"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"
	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

func encode(t testing.TB, value any) []byte {
	t.Helper()
	mode, err := cbor.CoreDetEncOptions().EncMode()
	must(t, mode, err)
	data, err := mode.Marshal(value)
	return must(t, data, err)
}

// TestHeaders signs headers that are not to be believed, with the right key.
func TestHeaders(t *testing.T) {
	key := signers(t)[jose.ES256]
	document, _ := documentOf(jose.Credential)
	payload := marshal(t, document)
	set := func(label any, value any) func(gocose.ProtectedHeader) {
		return func(h gocose.ProtectedHeader) { h[label] = value }
	}
	without := func(label any) func(gocose.ProtectedHeader) {
		return func(h gocose.ProtectedHeader) { delete(h, label) }
	}
	claims := func(label int64, value any) func(gocose.ProtectedHeader) {
		return set(int64(15), map[any]any{label: value})
	}
	unprotected := func(label int64, value any) map[any]any { return map[any]any{label: value} }
	for name, c := range map[string]struct {
		edit        func(gocose.ProtectedHeader)
		unprotected map[any]any
		want        error
	}{
		"as it should be":         {nil, nil, nil},
		"unknown parameter":       {set("note", "hello"), nil, nil},
		"unknown, unprotected":    {nil, map[any]any{"note": "hello"}, nil},
		"chain of certificates":   {set(int64(33), []byte{1}), nil, nil},
		"crit of what is absent":  {set(int64(2), []any{int64(16), int64(15)}), nil, jose.ErrMalformed},
		"crit that is understood": {set(int64(2), []any{int64(16)}), nil, nil},
		"without content type":    {without(int64(3)), nil, nil},
		"kid as a hint":           {without(int64(4)), unprotected(4, []byte(testKeyID)), nil},
		"float in claims":         {claims(6, 1.5), nil, nil},
		"unknown claims":          {claims(99, "x"), nil, nil},
		"kid twice":               {nil, unprotected(4, []byte(testKeyID)), jose.ErrMalformed},
		"kid of another":          {set(int64(4), []byte("x")), nil, jose.ErrKeyID},
		"no kid":                  {without(int64(4)), nil, jose.ErrKeyID},
		"kid empty":               {set(int64(4), []byte{}), nil, jose.ErrMalformed},
		"alg unprotected":         {without(int64(1)), unprotected(1, int64(-7)), jose.ErrMalformed},
		"alg twice over":          {nil, unprotected(1, int64(-7)), jose.ErrMalformed},
		"typ unprotected":         {without(int64(16)), unprotected(16, "application/vc+cose"), jose.ErrMalformed},
		"cty unprotected":         {without(int64(3)), unprotected(3, "application/vc"), jose.ErrMalformed},
		"claims unprotected":      {nil, unprotected(15, map[any]any{int64(1): testIssuer}), jose.ErrMalformed},
		"crit unprotected":        {nil, unprotected(2, []any{int64(16)}), jose.ErrMalformed},
		"no alg":                  {without(int64(1)), nil, jose.ErrAlgorithm},
		"alg as text":             {set(int64(1), "ES256"), nil, jose.ErrAlgorithm},
		"alg of another key":      {set(int64(1), int64(-8)), nil, jose.ErrKey},
		"alg of another curve":    {set(int64(1), int64(-35)), nil, jose.ErrKey},
		"alg with a secret":       {set(int64(1), int64(5)), nil, jose.ErrAlgorithm},
		"alg of nobody":           {set(int64(1), int64(-65000)), nil, jose.ErrAlgorithm},
		"without typ":             {without(int64(16)), nil, jose.ErrType},
		"typ of a presentation":   {set(int64(16), "application/vp+cose"), nil, jose.ErrType},
		"typ of JOSE":             {set(int64(16), "application/vc+jwt"), nil, jose.ErrType},
		"typ as number":           {set(int64(16), int64(50)), nil, jose.ErrType},
		"content of other kind":   {set(int64(3), "application/vp"), nil, jose.ErrType},
		"content as number":       {set(int64(3), int64(50)), nil, jose.ErrType},
		"crit of the unknown":     {func(h gocose.ProtectedHeader) { h[int64(2)], h["note"] = []any{"note"}, "x" }, nil, jose.ErrCritical},
		"iss of another":          {claims(1, "https://attacker.example"), nil, jose.ErrClaim},
		"sub of another":          {claims(2, "did:example:other"), nil, jose.ErrClaim},
		"iss as bytes":            {claims(1, []byte("x")), nil, jose.ErrClaim},
		"expired":                 {claims(4, testNow.Unix()), nil, jose.ErrTime},
		"not yet":                 {claims(5, testNow.Unix()+400), nil, jose.ErrTime},
		"time as text":            {claims(4, "2030"), nil, jose.ErrClaim},
		"claims no map":           {set(int64(15), []byte{1}), nil, jose.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			h := goodHeader()
			if c.edit != nil {
				c.edit(h)
			}
			if c.unprotected == nil {
				c.unprotected = map[any]any{}
			}
			message := forge(t, encode(t, map[any]any(h)), encode(t, c.unprotected), payload, key)
			v, err := Verify(message, key.Public(), expecting(jose.Credential, names(signers(t))...))
			if c.want == nil {
				must(t, v, err)
				return
			}
			wantError(t, err, c.want)
		})
	}
}

// TestForms gives a message in forms that others might read. Each signature is
// good.
func TestForms(t *testing.T) {
	key := signers(t)[jose.ES256]
	document, _ := documentOf(jose.Credential)
	payload, header := marshal(t, document), encode(t, map[any]any(goodHeader()))
	good := forge(t, header, []byte{0xa0}, payload, key)
	v, err := Verify(good, key.Public(), expecting(jose.Credential, jose.ES256))
	must(t, v, err)
	signature := good[len(good)-66:]
	join := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	start, protected, body := []byte{0xd2, 0x84}, text(2, header), text(2, payload)
	long := func(n int, data []byte) []byte { return join([]byte{0x5a, 0, 0, byte(n >> 8), byte(n)}, data) }
	twice := slices.Concat([]byte{0xa5, 0x01, 0x26}, header[1:])
	for name, message := range map[string][]byte{
		"empty":                   {},
		"without tag":             good[1:],
		"other tag":               join([]byte{0xd8, 98}, good[1:]),
		"tag in more bytes":       join([]byte{0xd8, 18}, good[1:]),
		"two tags":                join([]byte{0xd9, 0xd9, 0xf7}, good),
		"trailing byte":           append(slices.Clone(good), 0),
		"two messages":            join(good, good),
		"indefinite array":        join([]byte{0xd2, 0x9f}, good[2:], []byte{0xff}),
		"indefinite payload":      join(start, protected, []byte{0xa0, 0x5f}, body, []byte{0xff}, signature),
		"indefinite unprotected":  join(start, protected, []byte{0xbf, 0xff}, body, signature),
		"header in more bytes":    join(start, long(len(header), header), []byte{0xa0}, body, signature),
		"payload in more bytes":   join(start, protected, []byte{0xa0}, long(len(payload), payload), signature),
		"signature in more bytes": join(start, protected, []byte{0xa0}, body, long(64, signature[2:])),
		"detached":                join(start, protected, []byte{0xa0, 0xf6}, signature),
		"empty payload":           forge(t, header, []byte{0xa0}, nil, key),
		"empty signature":         join(start, protected, []byte{0xa0}, body, []byte{0x40}),
		"no signature":            join([]byte{0xd2, 0x83}, protected, []byte{0xa0}, body),
		"five elements":           join([]byte{0xd2, 0x85}, good[2:], []byte{0}),
		"payload as text":         join(start, protected, []byte{0xa0}, text(3, payload), signature),
		"tagged payload":          join(start, protected, []byte{0xa0, 0xd8, 24}, body, signature),
		"alg twice":               forge(t, twice, []byte{0xa0}, payload, key),
		"header not wrapped":      join(start, header, []byte{0xa0}, body, signature),
		"header a list":           forge(t, []byte{0x80}, []byte{0xa0}, payload, key),
		"indefinite header":       forge(t, join([]byte{0xbf}, header[1:], []byte{0xff}), []byte{0xa0}, payload, key),
		"unprotected twice":       forge(t, header, []byte{0xa2, 0x61, 'a', 1, 0x61, 'a', 2}, payload, key),
		"header too large":        forge(t, encode(t, map[any]any{int64(1): int64(-7), "x": make([]byte, 60000), "y": make([]byte, 6000)}), []byte{0xa0}, payload, key),
		"too large":               bytes.Repeat([]byte{0xd2}, MaxBytes+1),
	} {
		_, err := Verify(message, key.Public(), expecting(jose.Credential, jose.ES256))
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		wantError(t, err, jose.ErrMalformed)
	}
	_, err = Verify(forge(t, nil, []byte{0xa0}, payload, key), key.Public(), expecting(jose.Credential, jose.ES256))
	wantError(t, err, jose.ErrAlgorithm)
	_, err = Verify(forge(t, header, []byte{0xa0}, []byte(`{}`), key), key.Public(), expecting(jose.Credential, jose.ES256))
	wantError(t, err, credential.ErrInvalid)
}

// TestPresented: what a presentation holds is in envelopes.
func TestPresented(t *testing.T) {
	key := signers(t)[jose.EdDSA]
	document, _ := documentOf(jose.Presentation)
	held, _ := documentOf(jose.Credential)
	document["verifiableCredential"] = held
	_, err := Sign(marshal(t, document), signing(jose.Presentation, key))
	wantError(t, err, credential.ErrInvalid)
}

func TestAsAnother(t *testing.T) {
	key := signers(t)[jose.EdDSA]
	_, err := Verify(signed(t, jose.Credential, key), key.Public(), expecting(jose.Presentation, jose.EdDSA))
	wantError(t, err, jose.ErrType)
	_, err = jose.Verify(signed(t, jose.Credential, key), key.Public(), expecting(jose.Credential, jose.EdDSA))
	wantError(t, err, jose.ErrMalformed)
}

// TestFlipsAndTruncations alters each bit, and cuts at each byte.
func TestFlipsAndTruncations(t *testing.T) {
	for name, key := range map[string]crypto.Signer{jose.EdDSA: signers(t)[jose.EdDSA], jose.ES256: signers(t)[jose.ES256]} {
		message := signed(t, jose.Credential, key)
		e := expecting(jose.Credential, name)
		for i := range message {
			for bit := range 8 {
				message[i] ^= 1 << bit
				if _, err := Verify(message, key.Public(), e); err == nil {
					t.Errorf("%s: bit %d of byte %d does not count", name, bit, i)
				}
				message[i] ^= 1 << bit
			}
			if _, err := Verify(message[:i], key.Public(), e); err == nil {
				t.Errorf("%s: accepted %d of %d bytes", name, i, len(message))
			}
		}
	}
}
