package bbs

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
		header  = "d95d03"
		noProof = "59 0110" + strings.Repeat("01", 272)
		labels  = "a2 00 01 01 00"
		indexes = "83 00 01 1818"
		chosen  = "82 02 03"
		ph      = "42 1122"
		good    = header + "85" + noProof + labels + indexes + chosen + ph

		pseudonym = "5830" + strings.Repeat("05", 48)
		domain    = "66 646f6d61696e"
		parts     = noProof + labels + indexes + chosen + ph
	)
	for name, c := range map[string]struct {
		value string
		ok    bool
	}{
		"good":                            {selectivetest.Value(t, good), true},
		"good, with a holder":             {selectivetest.Value(t, "d95d05 86"+parts+"07"), true},
		"good, with a pseudonym":          {selectivetest.Value(t, "d95d07 88"+parts+domain+pseudonym+"07"), true},
		"good, with both":                 {selectivetest.Value(t, "d95d09 88"+parts+domain+pseudonym+"07"), true},
		"labels in another order":         {selectivetest.Value(t, header+"85"+noProof+"a2 01 00 00 01"+indexes+chosen+ph), true},
		"empty":                           {"", false},
		"no prefix":                       {selectivetest.Value(t, good)[1:], false},
		"another base":                    {"z" + selectivetest.Value(t, good)[1:], false},
		"the prefix alone":                {"u", false},
		"padding":                         {selectivetest.Value(t, good) + "=", false},
		"a line end":                      {selectivetest.Value(t, good) + "\n", false},
		"base64 of the other alphabet":    {"u" + strings.Repeat("+/", 100), false},
		"the header alone":                {selectivetest.Value(t, header), false},
		"half a header":                   {selectivetest.Value(t, "d95d"), false},
		"header of ecdsa-sd-2023":         {selectivetest.Value(t, "d95d01"+good[6:]), false},
		"header of its base proof":        {selectivetest.Value(t, "d95d00"+good[6:]), false},
		"header of a base proof":          {selectivetest.Value(t, "d95d02"+good[6:]), false},
		"header of no feature":            {selectivetest.Value(t, "d95d0a"+good[6:]), false},
		"header of no feature, high":      {selectivetest.Value(t, "d95dff"+good[6:]), false},
		"header of another suite":         {selectivetest.Value(t, "d95e03"+good[6:]), false},
		"more data":                       {selectivetest.Value(t, good+"00"), false},
		"four components":                 {selectivetest.Value(t, header+"84"+noProof+labels+indexes+chosen), false},
		"six components":                  {selectivetest.Value(t, header+"86"+parts+"07"), false},
		"a holder's without a number":     {selectivetest.Value(t, "d95d05 85"+parts), false},
		"a holder's with more":            {selectivetest.Value(t, "d95d05 87"+parts+"07 07"), false},
		"the older form of a pseudonym":   {selectivetest.Value(t, "d95d09 87"+parts+pseudonym+"07"), false},
		"a pseudonym without a number":    {selectivetest.Value(t, "d95d07 87"+parts+domain+pseudonym), false},
		"a domain in bytes":               {selectivetest.Value(t, "d95d07 88"+parts+"46 646f6d61696e"+pseudonym+"07"), false},
		"a domain that is no UTF-8":       {selectivetest.Value(t, "d95d07 88"+parts+"61 ff"+pseudonym+"07"), false},
		"a short pseudonym":               {selectivetest.Value(t, "d95d07 88"+parts+domain+"582f"+strings.Repeat("05", 47)+"07"), false},
		"a pseudonym for a domain":        {selectivetest.Value(t, "d95d07 88"+parts+pseudonym+domain+"07"), false},
		"a number that is a text":         {selectivetest.Value(t, "d95d05 86"+parts+"6137"), false},
		"a negative number":               {selectivetest.Value(t, "d95d05 86"+parts+"26"), false},
		"a large number":                  {selectivetest.Value(t, "d95d05 86"+parts+"1a00010000"), false},
		"a map for an array":              {selectivetest.Value(t, header+"a0"), false},
		"a text for an array":             {selectivetest.Value(t, header+"60"), false},
		"an open array":                   {selectivetest.Value(t, header+"9f"+parts+"ff"), false},
		"an open byte string":             {selectivetest.Value(t, header+"85 5f"+noProof+"ff"+labels+indexes+chosen+ph), false},
		"an open map":                     {selectivetest.Value(t, header+"85"+noProof+"bf 00 01 01 00 ff"+indexes+chosen+ph), false},
		"a tag":                           {selectivetest.Value(t, header+"85 d840"+parts), false},
		"a tag of all":                    {selectivetest.Value(t, header+"d9d9f7 85"+parts), false},
		"a long array":                    {selectivetest.Value(t, header+"9805"+parts), false},
		"a long length":                   {selectivetest.Value(t, header+"85 5a00000110"+noProof[7:]+labels+indexes+chosen+ph), false},
		"a long index":                    {selectivetest.Value(t, header+"85"+noProof+labels+"83 00 1801 1818"+chosen+ph), false},
		"a long label":                    {selectivetest.Value(t, header+"85"+noProof+"a2 00 1801 01 00"+indexes+chosen+ph), false},
		"a label twice":                   {selectivetest.Value(t, header+"85"+noProof+"a2 00 01 00 02"+indexes+chosen+ph), false},
		"a label by a text":               {selectivetest.Value(t, header+"85"+noProof+"a2 6130 01 01 00"+indexes+chosen+ph), false},
		"a label by a negative number":    {selectivetest.Value(t, header+"85"+noProof+"a2 20 01 01 00"+indexes+chosen+ph), false},
		"a label that is a text":          {selectivetest.Value(t, header+"85"+noProof+"a2 00 6131 01 00"+indexes+chosen+ph), false},
		"a label that is an HMAC":         {selectivetest.Value(t, header+"85"+noProof+"a2 00 5820"+strings.Repeat("04", 32)+"01 00"+indexes+chosen+ph), false},
		"labels in an array":              {selectivetest.Value(t, header+"85"+noProof+"82 01 00"+indexes+chosen+ph), false},
		"null for a proof":                {selectivetest.Value(t, header+"85 f6"+labels+indexes+chosen+ph), false},
		"a proof that is a text":          {selectivetest.Value(t, header+"85 79 0110"+strings.Repeat("41", 272)+labels+indexes+chosen+ph), false},
		"a short proof":                   {selectivetest.Value(t, header+"85 59 010f"+strings.Repeat("01", 271)+labels+indexes+chosen+ph), false},
		"a proof and a byte":              {selectivetest.Value(t, header+"85 59 0111"+strings.Repeat("01", 273)+labels+indexes+chosen+ph), false},
		"null for mandatory":              {selectivetest.Value(t, header+"85"+noProof+labels+"f6"+chosen+ph), false},
		"null for selective":              {selectivetest.Value(t, header+"85"+noProof+labels+indexes+"f6"+ph), false},
		"null for a presentation":         {selectivetest.Value(t, header+"85"+noProof+labels+indexes+chosen+"f6"), false},
		"a presentation that is a text":   {selectivetest.Value(t, header+"85"+noProof+labels+indexes+chosen+"62 4142"), false},
		"null for an index":               {selectivetest.Value(t, header+"85"+noProof+labels+"83 f6 01 1818"+chosen+ph), false},
		"a fraction for an index":         {selectivetest.Value(t, header+"85"+noProof+labels+"83 f90000 01 1818"+chosen+ph), false},
		"a negative index":                {selectivetest.Value(t, header+"85"+noProof+labels+"83 20 01 1818"+chosen+ph), false},
		"an index twice":                  {selectivetest.Value(t, header+"85"+noProof+labels+"83 00 00 01"+chosen+ph), false},
		"indexes in another order":        {selectivetest.Value(t, header+"85"+noProof+labels+indexes+"82 03 02"+ph), false},
		"a large index":                   {selectivetest.Value(t, header+"85"+noProof+labels+"81 1bffffffffffffffff"+chosen+ph), false},
		"a huge array":                    {selectivetest.Value(t, header+"85"+noProof+labels+"9bffffffffffffffff"), false},
		"a huge byte string":              {selectivetest.Value(t, header+"85 5bffffffffffffffff"), false},
		"deep":                            {selectivetest.Value(t, header+strings.Repeat("81", 100)), false},
		"long":                            {"u" + strings.Repeat("A", selective.MaxValue), false},
		"a presentation header for two":   {selectivetest.Value(t, header+"87"+parts+ph+ph), false},
		"an ecdsa-sd-2023 proof's labels": {selectivetest.Value(t, header+"85"+noProof+"a1 00 40"+indexes+chosen+ph), false},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := decodeDerived(c.value)
			switch {
			case c.ok && (err != nil || !cmp.Equal(v.mandatory, []int{0, 1, 24}) || !cmp.Equal(v.labels, map[uint64]uint64{0: 1, 1: 0})):
				t.Errorf("got %v, %v", v, err)
			case !c.ok && !errors.Is(err, proof.ErrMalformed) && !errors.Is(err, proof.ErrBase):
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
}

func TestDecodeBaseRefuses(t *testing.T) {
	var (
		signature = "5850" + strings.Repeat("01", 80)
		header    = "5840" + strings.Repeat("02", 64)
		key       = "5860" + strings.Repeat("03", 96)
		hmac      = "5820" + strings.Repeat("04", 32)
		pointers  = "81 672f697373756572"
		entropy   = "5820" + strings.Repeat("05", 32)
		parts     = signature + header + key + hmac + pointers
	)
	for name, c := range map[string]struct {
		value string
		ok    bool
	}{
		"good":                       {selectivetest.Value(t, "d95d02 85"+parts), true},
		"good, with a holder":        {selectivetest.Value(t, "d95d04 85"+parts), true},
		"good, with a pseudonym":     {selectivetest.Value(t, "d95d06 86"+parts+entropy), true},
		"good, with both":            {selectivetest.Value(t, "d95d08 86"+parts+entropy), true},
		"header of a derived proof":  {selectivetest.Value(t, "d95d03 85"+parts), false},
		"header of ecdsa-sd-2023":    {selectivetest.Value(t, "d95d00 85"+parts), false},
		"header of no feature":       {selectivetest.Value(t, "d95d0a 85"+parts), false},
		"entropy without pseudonyms": {selectivetest.Value(t, "d95d04 86"+parts+entropy), false},
		"pseudonyms without entropy": {selectivetest.Value(t, "d95d06 85"+parts), false},
		"entropy as an integer":      {selectivetest.Value(t, "d95d08 86"+parts+"c2"+entropy), false},
		"short entropy":              {selectivetest.Value(t, "d95d06 86"+parts+"581f"+strings.Repeat("05", 31)), false},
		"a short signature":          {selectivetest.Value(t, "d95d02 85 584f"+strings.Repeat("01", 79)+header+key+hmac+pointers), false},
		"a short header":             {selectivetest.Value(t, "d95d02 85"+signature+"583f"+strings.Repeat("02", 63)+key+hmac+pointers), false},
		"a key of G1":                {selectivetest.Value(t, "d95d02 85"+signature+header+"5830"+strings.Repeat("03", 48)+hmac+pointers), false},
		"a short HMAC key":           {selectivetest.Value(t, "d95d02 85"+signature+header+key+"581f"+strings.Repeat("04", 31)+pointers), false},
		"a pointer in bytes":         {selectivetest.Value(t, "d95d02 85"+signature+header+key+hmac+"81 472f697373756572"), false},
		"a pointer that is null":     {selectivetest.Value(t, "d95d02 85"+signature+header+key+hmac+"81 f6"), false},
		"a pointer that is no UTF-8": {selectivetest.Value(t, "d95d02 85"+signature+header+key+hmac+"81 61ff"), false},
		"no pointers":                {selectivetest.Value(t, "d95d02 85"+signature+header+key+hmac+"f6"), false},
		"three components":           {selectivetest.Value(t, "d95d02 83"+signature+hmac+pointers), false}, // of the first draft
	} {
		t.Run(name, func(t *testing.T) {
			v, err := decodeBase(c.value)
			switch {
			case c.ok && (err != nil || !cmp.Equal(v.mandatory, []string{"/issuer"}) || (v.nymEntropy != nil) != v.feature.hasNym()):
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
	for _, feature := range features {
		i := issue(f, document, mandatory, feature)
		for _, text := range []string{i.value, i.show(f, "/name").value} {
			raw, err := base64.RawURLEncoding.DecodeString(text[1:])
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
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
		if twice, err := decodeDerived(again); err != nil || !cmp.Equal(derived, twice, cmp.AllowUnexported(derivedValue{})) {
			t.Fatalf("%v is read again as %v, %v", derived, twice, err)
		}
		if len(derived.mandatory) > maxStatements || len(derived.selective) > maxStatements || derived.count > maxStatements {
			t.Fatalf("beyond the caps: %v", derived)
		}
	})
}
