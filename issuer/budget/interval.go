package budget

import (
	"slices"

	"github.com/chancery-vc/chancery/issuer/claims"
)

// interval is what a caller can infer of one column from answers to comparisons.
// Its values are from Low on, and below High; nil is no bound.
type interval struct {
	Low  *int64  `json:"low,omitzero"`
	High *int64  `json:"high,omitzero"`
	Open []int64 `json:"open,omitzero"` // cuts within it whose answer is not known to be given, sorted
}

// fresh returns the cuts that divide the interval anew.
func (i *interval) fresh(cuts []int64) (fresh []int64) {
	for _, at := range cuts {
		if i.holds(at) && !slices.Contains(i.Open, at) {
			fresh = append(fresh, at)
		}
	}
	return fresh
}

// holds tells whether a cut has values of the interval on both sides.
func (i *interval) holds(at int64) bool {
	return (i.Low == nil || *i.Low < at) && (i.High == nil || at < *i.High)
}

// ask divides the interval at fresh cuts, none of whose neighbours may be less
// than width away.
func (i *interval) ask(fresh []int64, width int64) error {
	points := slices.Concat(i.Open, fresh)
	for _, end := range []*int64{i.Low, i.High} {
		if end != nil {
			points = append(points, *end)
		}
	}
	slices.Sort(points)
	for _, at := range fresh {
		n, _ := slices.BinarySearch(points, at)
		if n > 0 && at-points[n-1] < width || n+1 < len(points) && points[n+1]-at < width {
			return ErrNarrow
		}
	}
	i.Open = slices.Concat(i.Open, fresh)
	slices.Sort(i.Open)
	return nil
}

// told narrows the interval by an answer to a comparison with one cut.
func (i *interval) told(cuts claims.Cuts, yes bool) {
	at := cuts.At[0]
	var said interval
	if cuts.Below == yes {
		said.High = &at
	} else {
		said.Low = &at
	}
	if said.High != nil && i.Low != nil && at <= *i.Low || said.Low != nil && i.High != nil && at >= *i.High {
		*i = said // the register was changed
		return
	}
	if said.High != nil && (i.High == nil || at < *i.High) {
		i.High = said.High
	}
	if said.Low != nil && (i.Low == nil || at > *i.Low) {
		i.Low = said.Low
	}
	i.Open = slices.DeleteFunc(i.Open, func(at int64) bool { return !i.holds(at) })
}
