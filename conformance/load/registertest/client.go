package registertest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// Client asks over one connection, one request after the other. It is lean, so
// that what is measured is the service.
type Client struct {
	conn   net.Conn
	reader *bufio.Reader
	head   string // of each request, up to its length
}

// Dial connects to a service.
func Dial(s Service) (*Client, error) {
	conn, err := net.Dial("tcp", s.Address)
	if err != nil {
		return nil, err
	}
	head := " HTTP/1.1\r\nHost: " + s.Address + "\r\nAuthorization: Bearer " + Token + "\r\nContent-Type: application/json\r\nContent-Length: "
	return &Client{conn: conn, reader: bufio.NewReader(conn), head: head}, nil
}

// Post returns the status and the body of the answer to body.
func (c *Client) Post(path, body string) (int, []byte, error) {
	if _, err := fmt.Fprintf(c.conn, "POST %s%s%d\r\n\r\n%s", path, c.head, len(body), body); err != nil {
		return 0, nil, err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Question is the body of a request for one answer. Credentials have no nonce.
func Question(purpose, nonce, name, key string) string {
	return "{" + terms(purpose, nonce) + fmt.Sprintf(`"name":%q,"key":%q}`, name, key)
}

// Questions is the body of a request for several answers, as pairs of name and
// key.
func Questions(purpose, nonce string, pairs ...[2]string) string {
	all := make([]string, len(pairs))
	for i, pair := range pairs {
		all[i] = fmt.Sprintf(`{"name":%q,"key":%q,"nonce":%q}`, pair[0], pair[1], nonce)
	}
	return "{" + terms(purpose, "") + `"questions":[` + strings.Join(all, ",") + "]}"
}

func terms(purpose, nonce string) string {
	if nonce == "" {
		return fmt.Sprintf(`"purpose":%q,`, purpose)
	}
	return fmt.Sprintf(`"purpose":%q,"nonce":%q,`, purpose, nonce)
}
