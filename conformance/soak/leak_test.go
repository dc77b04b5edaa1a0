package soak

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// leak is how a figure went, of the process that lived longest.
type leak struct {
	name        string
	first, last float64 // the least of the first, and of the last third
	trend       float64 // what was added an hour, of all samples
	leaks       bool
}

// minLife is how long a process has to live to tell whether it leaks, and
// minSamples how often it has to be looked at to tell anything.
const (
	minLife    = time.Minute
	minSamples = 5
)

// leaks judges the samples, and tells how long the process lived. What was sampled
// while it warmed up, a fifth, does not count. The least in a third is what is held
// when nothing is under way: what leaks is never given back.
func leaks(all []sample) (found []leak, lived time.Duration, err error) {
	longest := lifeOf(all)
	if len(longest) < minSamples {
		return nil, 0, fmt.Errorf("no process lived long enough to be looked at: %d samples", len(longest))
	}
	lived = longest[len(longest)-1].at.Sub(longest[0].at)
	warm := longest[len(longest)/5:]
	third := len(warm) / 3
	for n, f := range figures {
		first, last := least(warm[:third], n), least(warm[len(warm)-third:], n)
		leaks := lived >= minLife && last > first*f.times+f.more
		found = append(found, leak{f.name, first, last, slope(warm, n), leaks || first < 0})
	}
	return found, lived, nil
}

// lifeOf returns the samples of the process that lived longest.
func lifeOf(all []sample) (longest []sample) {
	for from := 0; from < len(all); {
		to := from
		for to < len(all) && all[to].start == all[from].start {
			to++
		}
		if life := all[from:to]; longest == nil || life[len(life)-1].at.Sub(life[0].at) > longest[len(longest)-1].at.Sub(longest[0].at) {
			longest = life
		}
		from = to
	}
	return longest
}

func least(samples []sample, n int) float64 {
	lowest := math.Inf(1)
	for _, s := range samples {
		lowest = min(lowest, s.values[n])
	}
	return lowest
}

// slope is how much a figure rises in an hour, by least squares.
func slope(samples []sample, n int) float64 {
	var x, y, xx, xy float64
	for _, s := range samples {
		hours := s.at.Sub(samples[0].at).Hours()
		x, y, xx, xy = x+hours, y+s.values[n], xx+hours*hours, xy+hours*s.values[n]
	}
	count := float64(len(samples))
	return (count*xy - x*y) / (count*xx - x*x)
}

// TestLeaks: what is never given back is found, and what comes and goes, or came
// while a process warmed up, is not.
func TestLeaks(t *testing.T) {
	samples := func(every time.Duration, value func(n int) float64) (all []sample) {
		for n := range 300 {
			s := sample{at: time.Unix(0, 0).Add(time.Duration(n) * every), start: 1 + n/250} // the last ones are of another process
			for range figures {
				s.values = append(s.values, value(n))
			}
			all = append(all, s)
		}
		return all
	}
	for name, c := range map[string]struct {
		samples []sample
		leaks   bool
	}{
		"flat":                   {samples(time.Second, func(int) float64 { return 30 }), false},
		"comes and goes":         {samples(time.Second, func(n int) float64 { return 30 + 500*float64(n%7) }), false},
		"warms up":               {samples(time.Second, func(n int) float64 { return 30 + 10*float64(min(n, 40)) }), false},
		"rises":                  {samples(time.Second, func(n int) float64 { return 30 + float64(n) }), true},
		"rises between":          {samples(time.Second, func(n int) float64 { return 30 + 100*float64(n%7) + float64(n) }), true},
		"is not told":            {samples(time.Second, func(int) float64 { return -1 }), true},
		"too short to be judged": {samples(time.Millisecond, func(n int) float64 { return 30 + float64(n) }), false},
	} {
		found, _, err := leaks(c.samples)
		must(t, err)
		for _, l := range found {
			if l.leaks != c.leaks {
				t.Errorf("%s: %+v", name, l)
			}
		}
	}
	if _, _, err := leaks(samples(time.Second, func(int) float64 { return 0 })[:minSamples-1]); err == nil {
		t.Error("too few samples tell something")
	}
}
