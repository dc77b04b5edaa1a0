package timing

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// level is that of the test of all pairs together.
const level = 0.01

// report prints the times of each class, each pair, those for which the register
// is read against the others, and whether any can be told apart.
func report(out io.Writer, what string, times [][]float64) error {
	names := classes()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\n%s\tquestions\tmedian\tp99\t\t\n", what)
	for i, t := range times {
		sorted := slices.Sorted(slices.Values(t))
		fmt.Fprintf(w, "%s\t%d\t%.3f ms\t%.3f ms\t\t\n", names[i].name, len(t), 1000*quantile(sorted, 0.5), 1000*quantile(sorted, 0.99))
	}
	fmt.Fprint(w, "\t\t\t\t\t\npair\tD\tp\t\t\t\n")
	smallest, pairs := 1.0, 0
	for i := range times {
		for j := range i {
			d, p := KolmogorovSmirnov(times[i], times[j])
			smallest, pairs = min(smallest, p), pairs+1
			fmt.Fprintf(w, "%s / %s\t%.4f\t%.4g\t\t\t\n", names[j].name, names[i].name, d, p)
		}
	}
	d, p := KolmogorovSmirnov(slices.Concat(times[:reading]...), slices.Concat(times[reading:]...))
	smallest, pairs = min(smallest, p), pairs+1
	fmt.Fprintf(w, "read / not read\t%.4f\t%.4g\t\t\t\n", d, p)
	if err := w.Flush(); err != nil {
		return err
	}
	verdict := "cannot be told apart"
	if smallest*float64(pairs) < level {
		verdict = "CAN BE TOLD APART"
	}
	_, err := fmt.Fprintf(out, "%s: at the level of %g %% the reasons %s; the smallest p of %d pairs is %.4g.\n", what, 100*level, verdict, pairs, smallest)
	return err
}

// quantile is what a share q of sorted numbers does not exceed (nearest rank).
func quantile(sorted []float64, q float64) float64 {
	return sorted[max(int(q*float64(len(sorted))+0.999999), 1)-1]
}

// TestReport: what is apart is said to be, and what is not is not.
func TestReport(t *testing.T) {
	same, apart := make([][]float64, len(classes())), make([][]float64, len(classes()))
	for i := range same {
		for n := range 200 {
			same[i], apart[i] = append(same[i], float64(n)), append(apart[i], float64(n+i*100))
		}
	}
	for want, times := range map[string][][]float64{"reasons cannot be told apart": same, "reasons CAN BE TOLD APART": apart} {
		var b strings.Builder
		must(t, report(&b, "made up", times))
		if got := b.String(); !strings.Contains(got, want) || strings.Count(got, " / ") != 11 {
			t.Errorf("want %q:\n%s", want, got)
		}
	}
}

func TestQuantile(t *testing.T) {
	all := []float64{1, 2, 3, 4}
	for q, want := range map[float64]float64{0.25: 1, 0.5: 2, 0.51: 3, 0.99: 4, 1: 4} {
		if got := quantile(all, q); got != want {
			t.Errorf("%v: got %v, want %v", q, got, want)
		}
	}
}
