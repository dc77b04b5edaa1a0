package soak

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// figures are what may leak of a process.
var figures = []struct {
	name, from string
	more       float64 // that there may be at the end, in its unit
	times      float64 // and that the end may be the beginning, times this
}{
	{"goroutines", "go_goroutines", 10, 1},
	{"open files", "process_open_fds", 10, 1},
	{"heap, MiB", "go_memstats_heap_alloc_bytes", 16, 1.3},
	{"anonymous memory, MiB", "RssAnon:", 32, 1.3},
}

// sample are the figures of a process at a time.
type sample struct {
	at     time.Time
	start  int // number of the process
	values []float64
}

// startWatch has samples be taken.
func (s *soak) startWatch() *work {
	watch := &work{done: make(chan struct{})}
	watch.again(min(5*time.Second, s.lasts/100), s.look)
	return watch
}

// look takes a sample if the issuer is served all the while.
func (s *soak) look() {
	_, pid, start := s.issuer.at()
	if pid == 0 {
		return
	}
	text, err := s.metrics()
	status, failed := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if _, again, _ := s.issuer.at(); err != nil || failed != nil || again != pid {
		return // it went away
	}
	now := sample{at: time.Now(), start: start}
	for _, f := range figures {
		now.values = append(now.values, value(append(text, status...), f.from))
	}
	s.samples = append(s.samples, now)
}

// metricsTime is how long figures are waited for.
const metricsTime = 10 * time.Second

func (s *soak) metrics() ([]byte, error) {
	client := &http.Client{Timeout: metricsTime, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + s.config.operations + "/metrics")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// value returns what text says for a name: a number, of bytes as MiB.
func value(text []byte, name string) float64 {
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		if len(fields) < 2 || fields[0] != name {
			continue
		}
		number, err := strconv.ParseFloat(fields[1], 64)
		switch {
		case err != nil:
			return -1
		case len(fields) == 3: // kB
			return number / 1024
		case strings.HasSuffix(name, "_bytes"):
			return number / (1 << 20)
		}
		return number
	}
	return -1
}
