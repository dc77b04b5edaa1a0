package ecdsasd

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
	"github.com/chancery-vc/chancery/verifier/proof/selective/selectivetest"
)

// TestDecodeRefuses has values that are written otherwise than they must be.
// Each is that of the first case but for the part that its name tells.
func TestDecodeRefuses(t *testing.T) {
	var (
		header    = "d95d01"
		signature = "5840" + strings.Repeat("01", 64)
		key       = "5823 8024 02" + strings.Repeat("02", 32)
		one       = "81 5840" + strings.Repeat("03", 64)
		label     = "5820" + strings.Repeat("04", 32)
		labels    = "a2 00" + label + "01" + label
		indexes   = "83 00 01 1818"
	)
	good := header + "85" + signature + key + one + labels + indexes
	for name, c := range map[string]struct {
		value string
		ok    bool
	}{
		"good":                         {selectivetest.Value(t, good), true},
		"labels in another order":      {selectivetest.Value(t, header+"85"+signature+key+one+"a2 01"+label+"00"+label+indexes), true},
		"empty":                        {"", false},
		"no prefix":                    {selectivetest.Value(t, good)[1:], false},
		"another base":                 {"z" + selectivetest.Value(t, good)[1:], false},
		"the prefix alone":             {"u", false},
		"padding":                      {selectivetest.Value(t, good) + "=", false},
		"a line end":                   {selectivetest.Value(t, good) + "\n", false},
		"base64 of the other alphabet": {"u" + strings.Repeat("+/", 100), false},
		"the header alone":             {selectivetest.Value(t, header), false},
		"half a header":                {selectivetest.Value(t, "d95d"), false},
		"header of a base proof":       {selectivetest.Value(t, "d95d00"+good[6:]), false},
		"header of bbs-2023":           {selectivetest.Value(t, "d95d03"+good[6:]), false},
		"header of no proof":           {selectivetest.Value(t, "d95d11"+good[6:]), false},
		"more data":                    {selectivetest.Value(t, good+"00"), false},
		"four components":              {selectivetest.Value(t, header+"84"+signature+key+one+labels), false},
		"six components":               {selectivetest.Value(t, header+"86"+signature+key+one+labels+indexes+"00"), false},
		"a map for an array":           {selectivetest.Value(t, header+"a0"), false},
		"an open array":                {selectivetest.Value(t, header+"9f"+signature+key+one+labels+indexes+"ff"), false},
		"an open byte string":          {selectivetest.Value(t, header+"85 5f"+signature+"ff"+key+one+labels+indexes), false},
		"an open list of signatures":   {selectivetest.Value(t, header+"85"+signature+key+"9f 5840"+strings.Repeat("03", 64)+"ff"+labels+indexes), false},
		"an open map":                  {selectivetest.Value(t, header+"85"+signature+key+one+"bf 00"+label+"01"+label+"ff"+indexes), false},
		"a tag":                        {selectivetest.Value(t, header+"85 d840"+signature+key+one+labels+indexes), false},
		"a tag of all":                 {selectivetest.Value(t, header+"d9d9f7 85"+signature+key+one+labels+indexes), false},
		"a long array":                 {selectivetest.Value(t, header+"9805"+signature+key+one+labels+indexes), false},
		"a long length":                {selectivetest.Value(t, header+"85 590040"+signature[4:]+key+one+labels+indexes), false},
		"a long index":                 {selectivetest.Value(t, header+"85"+signature+key+one+labels+"83 00 1801 1818"), false},
		"a long label number":          {selectivetest.Value(t, header+"85"+signature+key+one+"a2 1800"+label+"01"+label+indexes), false},
		"a label twice":                {selectivetest.Value(t, header+"85"+signature+key+one+"a2 00"+label+"00"+label+indexes), false},
		"a label by a text":            {selectivetest.Value(t, header+"85"+signature+key+one+"a2 6130"+label+"01"+label+indexes), false},
		"a label by a negative number": {selectivetest.Value(t, header+"85"+signature+key+one+"a2 20"+label+"01"+label+indexes), false},
		"a label by null":              {selectivetest.Value(t, header+"85"+signature+key+one+"a2 f6"+label+"01"+label+indexes), false},
		"a label that is a text":       {selectivetest.Value(t, header+"85"+signature+key+one+"a2 00"+label+"01 7820"+strings.Repeat("41", 32)+indexes), false},
		"a label that is an array":     {selectivetest.Value(t, header+"85"+signature+key+one+"a2 00"+label+"01 9820"+strings.Repeat("04", 32)+indexes), false},
		"labels in an array":           {selectivetest.Value(t, header+"85"+signature+key+one+"82"+label+label+indexes), false},
		"null for signatures":          {selectivetest.Value(t, header+"85"+signature+key+"f6"+labels+indexes), false},
		"null for indexes":             {selectivetest.Value(t, header+"85"+signature+key+one+labels+"f6"), false},
		"null for an index":            {selectivetest.Value(t, header+"85"+signature+key+one+labels+"83 f6 01 1818"), false},
		"a fraction for an index":      {selectivetest.Value(t, header+"85"+signature+key+one+labels+"83 f90000 01 1818"), false},
		"a negative index":             {selectivetest.Value(t, header+"85"+signature+key+one+labels+"83 20 01 1818"), false},
		"a large index":                {selectivetest.Value(t, header+"85"+signature+key+one+labels+"81 1bffffffffffffffff"), false},
		"a huge array":                 {selectivetest.Value(t, header+"85"+signature+key+"9bffffffffffffffff"), false},
		"a huge byte string":           {selectivetest.Value(t, header+"85 5bffffffffffffffff"), false},
		"deep":                         {selectivetest.Value(t, header+strings.Repeat("81", 100)), false},
		"long":                         {"u" + strings.Repeat("A", selective.MaxValue), false},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := decodeDerived(c.value)
			switch {
			case c.ok && (err != nil || !cmp.Equal(v.mandatory, []int{0, 1, 24}) || len(v.labels) != 2):
				t.Errorf("got %v, %v", v, err)
			case !c.ok && !errors.Is(err, proof.ErrMalformed) && !errors.Is(err, proof.ErrBase):
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
}

func TestDecodeBaseRefuses(t *testing.T) {
	var (
		header    = "d95d00"
		signature = "5840" + strings.Repeat("01", 64)
		key       = "5823 8024 02" + strings.Repeat("02", 32)
		hmac      = "5820" + strings.Repeat("05", 32)
		one       = "81 5840" + strings.Repeat("03", 64)
		pointers  = "81 672f697373756572"
	)
	for name, c := range map[string]struct {
		value string
		ok    bool
	}{
		"good":                       {selectivetest.Value(t, header+"85"+signature+key+hmac+one+pointers), true},
		"header of a derived proof":  {selectivetest.Value(t, "d95d01 85"+signature+key+hmac+one+pointers), false},
		"header of bbs-2023":         {selectivetest.Value(t, "d95d02 85"+signature+key+hmac+one+pointers), false},
		"a short HMAC key":           {selectivetest.Value(t, header+"85"+signature+key+"581f"+strings.Repeat("05", 31)+one+pointers), false},
		"a short signature":          {selectivetest.Value(t, header+"85 583f"+strings.Repeat("01", 63)+key+hmac+one+pointers), false},
		"a pointer in bytes":         {selectivetest.Value(t, header+"85"+signature+key+hmac+one+"81 472f697373756572"), false},
		"a pointer that is null":     {selectivetest.Value(t, header+"85"+signature+key+hmac+one+"81 f6"), false},
		"a pointer that is no UTF-8": {selectivetest.Value(t, header+"85"+signature+key+hmac+one+"81 61ff"), false},
		"no pointers":                {selectivetest.Value(t, header+"85"+signature+key+hmac+one+"f6"), false},
		"components of a derived":    {selectivetest.Value(t, header+"85"+signature+key+one+"a0 80"), false},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := decodeBase(c.value)
			switch {
			case c.ok && (err != nil || !cmp.Equal(v.mandatory, []string{"/issuer"}) || len(v.signatures) != 1):
				t.Errorf("got %v, %v", v, err)
			case !c.ok && !errors.Is(err, proof.ErrMalformed):
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
}

// FuzzDecode wants what is accepted to be written again as it was, but for the
// order of the labels, and to hold nothing beyond the caps.
func FuzzDecode(f *testing.F) {
	s := show(f, document, mandatory, []string{"/name"})
	for _, text := range []string{s.base, s.value} {
		raw, err := base64.RawURLEncoding.DecodeString(text[1:])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("\xd9\x5d\x01\x85\x40\x40\x80\xa0\x80"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text := "u" + base64.RawURLEncoding.EncodeToString(data)
		if base, err := decodeBase(text); err == nil {
			if again, err := base.encode(); err != nil || again != text {
				t.Fatalf("%s is written again as %s, %v", text, again, err)
			}
		} else if !errors.Is(err, proof.ErrMalformed) {
			t.Fatal(err)
		}
		derived, err := decodeDerived(text)
		if err != nil {
			if !errors.Is(err, proof.ErrMalformed) && !errors.Is(err, proof.ErrBase) {
				t.Fatal(err)
			}
			return
		}
		again, err := derived.encode()
		if err != nil || len(again) != len(text) {
			t.Fatalf("%s is written again as %s, %v", text, again, err)
		}
		if twice, err := decodeDerived(again); err != nil || !cmp.Equal(derived, twice, cmp.AllowUnexported(derivedValue{}, signed{})) {
			t.Fatalf("%v is read again as %v, %v", derived, twice, err)
		}
	})
}
