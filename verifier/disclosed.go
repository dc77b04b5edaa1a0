package verifier

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// maxPlaces is how many places with something withheld a report names.
const maxPlaces = 8

// disclosed says what of an SD-JWT its holder shows and what not, as far as
// that can be known: what is within something withheld cannot.
func disclosed(c *sdjwt.Contents) string {
	said := "nothing that could be withheld"
	if shown := c.Disclosed(); len(shown) > 0 {
		said = strings.Join(shown, ", ")
	}
	return fmt.Sprintf("shown of what the holder could withhold: %s; withheld, or decoys: %s", said, withheld(c.Withheld()))
}

// withheld counts digests, by the object or the array that they are in.
func withheld(all []sdjwt.Withheld) string {
	total, in := 0, map[string]int{}
	for _, w := range all {
		place := w.Pointer
		if w.Element {
			place = place[:strings.LastIndexByte(place, '/')]
		}
		in[place] += w.Digests
		total += w.Digests
	}
	if total == 0 {
		return "0"
	}
	var counts []string
	for i, place := range slices.Sorted(maps.Keys(in)) {
		if i == maxPlaces {
			counts = append(counts, "others elsewhere")
			break
		}
		counts = append(counts, fmt.Sprintf("%d in %s", in[place], cmp.Or(place, "the credential itself")))
	}
	return fmt.Sprintf("%d (%s)", total, strings.Join(counts, ", "))
}
