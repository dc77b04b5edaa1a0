package web

import (
	"container/list"
	"log/slog"
	"net"
	"net/http"
	"sync"
)

// maxConnections caps the connections of one server. One that waits holds some
// 15 KiB of memory, and with TLS less than 45.
const maxConnections = 4096

// crowd keeps a server's connections within a number. Where one more comes, that
// one goes which has brought no whole request for longest; where each is being
// answered, the new one goes.
type crowd struct {
	most int
	log  *slog.Logger

	mu      sync.Mutex
	open    map[net.Conn]*list.Element // where it is in waiting; nil if it is being answered
	waiting list.List                  // of net.Conn, the one that waits longest first
	full    bool                       // and the log was told
}

func newCrowd(most int, log *slog.Logger) *crowd {
	return &crowd{most: most, log: log, open: map[net.Conn]*list.Element{}}
}

// changed is for http.Server.ConnState.
func (c *crowd) changed(conn net.Conn, state http.ConnState) {
	if gone := c.note(conn, state); gone != nil {
		go gone.Close() // a peer that reads nothing can keep TLS from ending for seconds
	}
}

// note takes a change down, and returns the connection that has to go, if one
// does. What it has let go it knows no more.
func (c *crowd) note(conn net.Conn, state http.ConnState) (gone net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	place, known := c.open[conn]
	if !known && state != http.StateNew {
		return nil
	}
	if place != nil {
		c.waiting.Remove(place)
	}
	switch state {
	case http.StateNew, http.StateIdle:
		c.open[conn] = c.waiting.PushBack(conn)
	case http.StateActive:
		c.open[conn] = nil
	default:
		delete(c.open, conn)
	}
	return c.tooMany()
}

func (c *crowd) tooMany() net.Conn {
	if len(c.open) <= c.most {
		c.full = c.full && len(c.open) > c.most/2
		return nil
	}
	if !c.full {
		c.full = true
		c.log.Warn("there are too many connections: those that wait longest are closed", "most", c.most)
	}
	longest := c.waiting.Front().Value.(net.Conn) // there is the new one at least
	c.waiting.Remove(c.open[longest])
	delete(c.open, longest)
	return longest
}
