package soak

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
)

// health is what a program has said on standard error, over all its processes.
type health struct {
	mu    sync.Mutex
	lines map[string]int    // of its errors and warnings, by level and message
	first map[string]string // the first one of each
	other map[string]int    // lines that are not in JSON
}

// program is the standard error of one process.
type program struct {
	health *health

	mu   sync.Mutex
	rest []byte // of a line
	tail []string
}

// keptLines is how many of the last lines are kept.
const keptLines = 20

// Write takes lines apart.
func (p *program) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest = append(p.rest, data...)
	for {
		line, rest, whole := bytes.Cut(p.rest, []byte("\n"))
		if !whole {
			return len(data), nil
		}
		p.rest = rest
		p.tail = append(p.tail[max(0, len(p.tail)-keptLines+1):], string(line))
		p.health.note(line)
	}
}

func (p *program) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.tail, "\n")
}

func (h *health) note(line []byte) {
	var said struct {
		Level, Msg string
		Error      string
	}
	err := json.Unmarshal(line, &said)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lines == nil {
		h.lines, h.first, h.other = map[string]int{}, map[string]string{}, map[string]int{}
	}
	if err != nil {
		if len(h.other) < maxOther {
			h.other[string(line)]++
		}
		return
	}
	name := said.Level + " " + said.Msg
	h.lines[name]++
	if h.first[name] == "" {
		h.first[name] = string(line)
	}
}

// maxOther caps how many different lines are kept.
const maxOther = 200

// said is how often it has said something.
func (h *health) said(message string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, level := range []string{"INFO", "WARN", "ERROR"} {
		n += h.lines[level+" "+message]
	}
	return n
}

// troubles returns what it has said at which level, in order.
func (h *health) troubles() (names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(h.lines)) {
		if !strings.HasPrefix(name, "INFO") {
			names = append(names, name)
		}
	}
	return names
}
