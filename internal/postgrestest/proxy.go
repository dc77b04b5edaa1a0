package postgrestest

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Proxy stands between clients and a [Server], and does to what passes what
// networks do.
type Proxy struct {
	dir      string
	server   string // path of its socket
	listener net.Listener

	mu    sync.Mutex
	moved *sync.Cond // the state has changed
	conns map[net.Conn]bool
	state state
	held  int // how often something waits to pass
	left  int // bytes of the server's that may still pass; negative for any
}

type state int

const (
	passing state = iota
	stalled
	cut
)

// socketName is where clients look for a server in a folder.
const socketName = ".s.PGSQL.5432"

// NewProxy returns a proxy that passes everything on, until the test ends.
func NewProxy(t testing.TB, s *Server) *Proxy {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgproxy") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{dir: dir, server: filepath.Join(s.Start(t), socketName), listener: listener, conns: map[net.Conn]bool{}, left: -1}
	p.moved = sync.NewCond(&p.mu)
	go p.accept()
	t.Cleanup(func() {
		listener.Close()
		p.Cut()
		os.RemoveAll(dir)
	})
	return p
}

// Address is a connection string through the proxy.
func (p *Proxy) Address(database, account string) string {
	return fmt.Sprintf("host=%s dbname='%s' user='%s'", p.dir, escape(database), escape(account))
}

// Cut ends all connections, and new ones at once, until [Proxy.Pass].
func (p *Proxy) Cut() { p.become(cut, -1) }

// Stall lets nothing through, and ends nothing, until [Proxy.Pass].
func (p *Proxy) Stall() { p.become(stalled, -1) }

// AwaitHeld returns when something waits to pass a proxy that is stalled.
func (p *Proxy) AwaitHeld() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.held == 0 {
		p.moved.Wait()
	}
}

// Pass lets everything through again, what was stalled first.
func (p *Proxy) Pass() { p.become(passing, -1) }

// CutAfter lets so many bytes of the server's through, and then cuts: what the
// server did, its client does not hear of.
func (p *Proxy) CutAfter(bytes int) { p.become(passing, bytes) }

func (p *Proxy) become(s state, left int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state, p.left = s, left
	if s == cut {
		p.cut()
	}
	p.moved.Broadcast()
}

// cut wants the lock.
func (p *Proxy) cut() {
	p.state = cut
	for c := range p.conns {
		c.Close()
	}
	clear(p.conns)
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", p.server)
		if err != nil || !p.keep(client, server) {
			client.Close()
			if server != nil {
				server.Close()
			}
			continue
		}
		go p.copy(server, client, false)
		go p.copy(client, server, true)
	}
}

func (p *Proxy) keep(pair ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == cut {
		return false
	}
	for _, c := range pair {
		p.conns[c] = true
	}
	return true
}

func (p *Proxy) copy(to, from net.Conn, answers bool) {
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range []net.Conn{to, from} {
			c.Close()
			delete(p.conns, c)
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if n = p.allow(n, answers); n == 0 {
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// allow waits while nothing passes, and tells how many bytes do then.
func (p *Proxy) allow(n int, answers bool) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.state == stalled {
		p.held++
		p.moved.Broadcast()
		p.moved.Wait()
		p.held--
	}
	if p.state == cut {
		return 0
	}
	if !answers || p.left < 0 {
		return n
	}
	if n > p.left {
		p.cut() // the part of the last answer is lost, too
		return 0
	}
	p.left -= n
	return n
}
