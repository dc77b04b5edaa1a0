package timing

import (
	"math"
	"slices"
)

// KolmogorovSmirnov compares two samples, neither of which may be empty. It
// returns the greatest distance between their distribution functions, and how
// probable one as great is for samples of one continuous distribution.
//
// Source: W. H. Press et al., Numerical Recipes in C, second edition, section
// 14.3: formulas 14.3.6 to 14.3.8 for the distance of two samples, and 14.3.9
// for its probability, which is good for samples of four and more.
func KolmogorovSmirnov(a, b []float64) (distance, probability float64) {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	n, m := float64(len(a)), float64(len(b))
	for i, j := 0, 0; i < len(a) && j < len(b); {
		at := min(a[i], b[j])
		for ; i < len(a) && a[i] == at; i++ { // all that are the same are one step
		}
		for ; j < len(b) && b[j] == at; j++ {
		}
		distance = max(distance, math.Abs(float64(i)/n-float64(j)/m))
	}
	root := math.Sqrt(n * m / (n + m))
	return distance, kolmogorov((root + 0.12 + 0.11/root) * distance)
}

// kolmogorov is the probability that the scaled distance is x or more.
func kolmogorov(x float64) float64 {
	if x < 0.2 {
		return 1 // the series ends slowly there; it is 1 to eleven digits
	}
	sum, sign := 0.0, 1.0
	for j := 1.0; ; j++ {
		term := math.Exp(-2 * j * j * x * x)
		sum += sign * term
		sign = -sign
		if term < 1e-16 {
			return min(max(2*sum, 0), 1)
		}
	}
}
