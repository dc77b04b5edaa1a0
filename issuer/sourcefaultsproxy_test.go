package issuer_test

import (
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy is the network between an issuer and a source, which can do what
// networks do.
type proxy struct {
	network, address string
	upNetwork, up    string

	tried atomic.Int64 // connections that were tried
	most  atomic.Int64 // connections that there were at once

	mu       sync.Mutex
	changed  *sync.Cond
	listener net.Listener
	conns    map[*proxied]bool
	away     bool // who connects is hung up on
	stalled  bool // nothing comes from the source any more
	limit    int  // bytes that come from the source before a connection is cut; below 0 for none
	edit     func([]byte) []byte
}

// proxied is one connection through a proxy.
type proxied struct {
	down, up net.Conn
	came     int // bytes, since the limit was set
	dropped  bool
}

// newProxy listens at an address for what is to go to another.
func newProxy(t *testing.T, network, address, upNetwork, up string) *proxy {
	t.Helper()
	p := &proxy{network: network, address: address, upNetwork: upNetwork, up: up, conns: map[*proxied]bool{}, limit: -1}
	p.changed = sync.NewCond(&p.mu)
	p.listen(t)
	p.address = p.listener.Addr().String()
	t.Cleanup(p.refuse)
	return p
}

func (p *proxy) listen(t *testing.T) {
	t.Helper()
	if p.network == "unix" {
		_ = os.Remove(p.address)
	}
	listener, err := net.Listen(p.network, p.address)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.listener = listener
	p.mu.Unlock()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.tried.Add(1)
			go p.serve(conn)
		}
	}()
}

// refuse has nobody listen, and ends all connections.
func (p *proxy) refuse() {
	p.mu.Lock()
	_ = p.listener.Close()
	p.mu.Unlock()
	p.drop()
}

// drop ends all connections.
func (p *proxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.dropped = true
		c.close()
	}
	p.changed.Broadcast()
}

func (c *proxied) close() {
	_ = c.down.Close()
	if c.up != nil {
		_ = c.up.Close()
	}
}

// set changes what the network does.
func (p *proxy) set(change func(*proxy)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
	for c := range p.conns {
		c.came = 0
	}
	p.changed.Broadcast()
}

// heal has the network do what it should.
func (p *proxy) heal() {
	p.set(func(p *proxy) { p.away, p.stalled, p.limit, p.edit = false, false, -1, nil })
}

func (p *proxy) serve(down net.Conn) {
	c := &proxied{down: down}
	defer c.close()
	p.mu.Lock()
	p.conns[c] = true
	p.most.Store(max(p.most.Load(), int64(len(p.conns))))
	away, up := p.away, p.up
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.conns, c)
		p.mu.Unlock()
	}()
	if away {
		return
	}
	conn, err := net.Dial(p.upNetwork, up)
	if err != nil {
		return
	}
	p.mu.Lock()
	c.up = conn
	p.mu.Unlock()
	go pass(conn, down, func(data []byte) ([]byte, bool) { return data, true })
	pass(down, conn, func(data []byte) ([]byte, bool) { return p.let(c, data) })
}

// pass copies what let lets through, until it says that this is the end.
func pass(to, from net.Conn, let func([]byte) ([]byte, bool)) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		data, more := let(buffer[:n])
		if _, err := to.Write(data); err != nil || !more {
			return
		}
	}
}

// let returns what comes through of data from the source, and whether more can.
func (p *proxy) let(c *proxied, data []byte) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.stalled && !c.dropped {
		p.changed.Wait()
	}
	if p.edit != nil {
		data = p.edit(data)
	}
	if p.limit < 0 || c.came+len(data) < p.limit {
		c.came += len(data)
		return data, true
	}
	return data[:p.limit-c.came], false
}
