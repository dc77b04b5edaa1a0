package timing

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestKolmogorov: the critical values that statistical tables have, and the ends.
func TestKolmogorov(t *testing.T) {
	for x, want := range map[float64]float64{
		0: 1, 0.19: 1, 1.07275: 0.2, 1.22385: 0.1, 1.35810: 0.05, 1.48021: 0.025, 1.62762: 0.01, 1.94947: 0.001, 9: 0,
	} {
		if got := kolmogorov(x); math.Abs(got-want) > 1e-4*want+1e-9 {
			t.Errorf("%v: got %.6f, want %.6f", x, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for name, c := range map[string]struct {
		a, b []float64
		want float64
	}{
		"the same":           {[]float64{1, 2, 3}, []float64{3, 1, 2}, 0},
		"apart":              {[]float64{1, 2}, []float64{3, 4, 5}, 1},
		"one within":         {[]float64{1, 4}, []float64{2, 3}, 0.5},
		"ties":               {[]float64{1, 1, 1, 2}, []float64{1, 2, 2, 2}, 0.5},
		"one of another":     {[]float64{1, 2, 3, 4}, []float64{1, 2, 3, 9}, 0.25},
		"of different sizes": {[]float64{1}, []float64{0, 1, 2}, 1.0 / 3},
	} {
		got, p := KolmogorovSmirnov(c.a, c.b)
		back, q := KolmogorovSmirnov(c.b, c.a)
		if math.Abs(got-c.want) > 1e-12 || back != got || p != q || p < 0 || p > 1 {
			t.Errorf("%s: got %v (%v) and %v (%v), want %v", name, got, p, back, q, c.want)
		}
	}
}

// TestLevel: samples of one distribution are found to be of two about as often
// as the level says, and samples of two that differ by little always.
func TestLevel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	sample := func(shift float64) []float64 {
		all := make([]float64, 500)
		for i := range all {
			all[i] = random.ExpFloat64() + shift
		}
		return all
	}
	const runs, level = 2000, 0.05
	var same, shifted int
	for range runs {
		if _, p := KolmogorovSmirnov(sample(0), sample(0)); p < level {
			same++
		}
		if _, p := KolmogorovSmirnov(sample(0), sample(0.25)); p < level {
			shifted++
		}
	}
	if share := float64(same) / runs; share < 0.035 || share > 0.065 || shifted != runs {
		t.Errorf("of one distribution %.3f differ, of two %d of %d", share, shifted, runs)
	}
}
