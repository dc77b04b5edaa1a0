package mysql

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

var errTooMuch = errors.New("the server says more than a statement can ask for")

// rawConn is what a socket is.
type rawConn interface {
	net.Conn
	syscall.Conn // by which it is seen whether an idle connection has ended
}

// limited is a connection that ends where the server says more than maxAnswer
// bytes to what was last written.
type limited struct {
	rawConn
	said int
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	raw, ok := conn.(rawConn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("%s is no network of sockets", network)
	}
	return &limited{rawConn: raw}, nil
}

func (l *limited) Write(p []byte) (int, error) {
	l.said = 0
	return l.rawConn.Write(p)
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.rawConn.Read(p)
	if l.said += n; l.said > maxAnswer {
		return 0, errTooMuch
	}
	return n, err
}
