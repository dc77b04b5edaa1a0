package adversarytest

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

func length(body string) string { return fmt.Sprint("Content-Length: ", len(body)) }

// chunked returns a body in one chunk.
func chunked(body string) string {
	if body == "" {
		return "0\r\n\r\n"
	}
	return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
}

// request is the good request, as bytes.
func (e Endpoint) request() string { return e.with(e.Method, e.Target, e.headers(), e.Body) }

// headers are those of the good request.
func (e Endpoint) headers() []string {
	if e.Body == "" && e.Method != http.MethodPost {
		return e.Header
	}
	return append([]string{length(e.Body)}, e.Header...)
}

// with is a request of another kind.
func (e Endpoint) with(method, target string, headers []string, body string) string {
	return method + " " + target + " HTTP/1.1\r\nHost: " + e.host + "\r\nConnection: close\r\n" +
		strings.Join(headers, "\r\n") + strings.Repeat("\r\n", min(1, len(headers))) + "\r\n" + body
}

// without returns the headers but those of a name.
func without(headers []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(headers), func(h string) bool { return strings.HasPrefix(strings.ToLower(h), strings.ToLower(name)+":") })
}

// path is the target without a query.
func (e Endpoint) path() string {
	path, _, _ := strings.Cut(e.Target, "?")
	return path
}

// strangers do not say who asks, or say it in a way that is none.
func (s *siege) strangers() {
	for _, e := range s.endpoints {
		if !e.Known {
			continue
		}
		bare := without(e.headers(), "Authorization")
		at := slices.IndexFunc(e.Header, func(h string) bool { return strings.HasPrefix(h, "Authorization: ") })
		if at < 0 {
			s.Fatalf("%s: the good request does not say who asks", e.Route)
		}
		good := e.Header[at]
		scheme, token, _ := strings.Cut(strings.TrimPrefix(good, "Authorization: "), " ")
		for _, shown := range [][]string{
			nil,
			{"Authorization:"},
			{"Authorization: " + scheme},
			{"Authorization: " + scheme + " "},
			{"Authorization: " + scheme + " " + Canary},
			{"Authorization: " + token},
			{"Authorization: " + Canary + " " + token},
			{"Authorization: Negotiate " + token},
			{good + "x"},
			{good[:len(good)-1]},
			{good + " " + token},
			{good + ", " + scheme + " " + Canary},
			{"Authorization: " + scheme + "  " + token},
			{"Authorization: " + scheme + "\t" + token},
			{"Authorization: " + scheme + " " + swapCase(token)},
			{good, "Authorization: " + scheme + " " + Canary},
			{"Authorization: " + scheme + " " + Canary, good},
			{good, good},
			{"Proxy-" + good},
			{"X-" + good},
			{"Cookie: " + strings.Replace(good, ": ", "=", 1)},
			{"X-Forwarded-User: " + Canary, "X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1", "Forwarded: for=127.0.0.1"},
			{"X-SSL-Client-Verify: SUCCESS", "X-Client-Cert: " + Canary},
			{"Authorization: " + scheme + " " + strings.Repeat(Canary, 2000)},
		} {
			r := s.raw(e.with(e.Method, e.Target, append(slices.Clone(shown), bare...), e.Body))
			s.refused(fmt.Sprintf("%s as %.80q", e.Route, shown), r)
			if r == nil || r.status != http.StatusUnauthorized && r.status != http.StatusBadRequest {
				s.Errorf("%s as %.80q: %+v", e.Route, shown, r)
			}
		}
		s.refused(e.Route+" with the token in the query", s.raw(e.with(e.Method, e.path()+"?access_token="+token, bare, e.Body)))
	}
}

func swapCase(text string) string {
	if upper := strings.ToUpper(text); upper != text {
		return upper
	}
	return strings.ToLower(text)
}

// methods that an endpoint does not have.
func (s *siege) methods() {
	for _, e := range s.endpoints {
		var has []string
		for _, other := range s.endpoints {
			if other.path() == e.path() {
				has = append(has, other.Method)
			}
		}
		for _, method := range []string{
			"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY", "PRI",
			strings.ToLower(e.Method), e.Method + "S", Canary, strings.Repeat("X", 5000),
		} {
			if slices.Contains(has, method) || method == http.MethodHead && slices.Contains(has, http.MethodGet) {
				continue
			}
			r := s.raw(e.with(method, e.Target, e.headers(), e.Body))
			s.refused(fmt.Sprintf("%.20s %s", method, e.Route), r)
			if r != nil && r.status != http.StatusMethodNotAllowed && r.status != http.StatusNotFound && r.status != http.StatusUnauthorized && r.status != http.StatusForbidden && method != "PRI" {
				s.Errorf("%.20s %s: %d", method, e.Route, r.status)
			}
		}
		override := append([]string{"X-HTTP-Method-Override: " + e.Method, "X-HTTP-Method: " + e.Method, "X-Method-Override: " + e.Method}, e.headers()...)
		s.refused("another method in a header of "+e.Route, s.raw(e.with("PUT", e.Target+"?_method="+e.Method, override, e.Body)))
	}
}

// paths that a proxy could take for another, or for the endpoint's.
func (s *siege) paths() {
	for _, e := range s.endpoints {
		path := e.path()
		query := strings.TrimPrefix(e.Target, path)
		first, rest := path[1:2], path[2:]
		escaped := fmt.Sprintf("/%%%02x%s", first[0], rest)
		for _, target := range []string{
			"/" + path, "/x/.." + path, "/." + path, "/%2e" + path, "/%2e%2e" + path, "//x" + path, `/\x` + path, `\` + path[1:], "/%5c" + path[1:], "/%2f" + path[1:],
			strings.Replace(path, "/", "//", 2)[1:] + "/", path + "/", path + "/.", path + "/..", path + "/../" + first + rest, path + "%2f", path + "%00", path + "%20", path + "%0d%0a",
			path + ";a=b", path + ";", path + "%3f", path + "%23", path + ".json", path + "~", path + "%c0%af", path + "%ff", path + "%zz", path + "%", escaped, escaped + "%2e",
			strings.ReplaceAll(path, first+rest, strings.ToUpper(first+rest)) + "X", "/" + Canary, "/" + strings.Repeat(Canary+"/", 200), "/" + strings.Repeat(Canary, 5000),
			"https://registry.example/" + path, "/https://registry.example" + path, "https://[::1" + path, "http:///" + path[1:] + "/x", "*", "?" + path, "", path[1:],
		} {
			if target == path {
				continue
			}
			s.refused(fmt.Sprintf("%s %.100q", e.Method, target), s.raw(e.with(e.Method, target+query, e.headers(), e.Body)))
		}
	}
}

// framing: where a request ends, and which of its headers count, is said in a way
// that two programs could read in two ways.
func (s *siege) framing() {
	for _, e := range s.endpoints {
		other := without(e.Header, "Content-Length")
		for name, c := range map[string]struct {
			headers []string
			body    string
		}{
			"two lengths":                {[]string{length(e.Body), "Content-Length: 3"}, e.Body},
			"a list of lengths":          {[]string{length(e.Body) + ", 3"}, e.Body},
			"a length below zero":        {[]string{"Content-Length: -1"}, e.Body},
			"a length with a sign":       {[]string{strings.Replace(length(e.Body), ": ", ": +", 1)}, e.Body},
			"a length in hexadecimal":    {[]string{"Content-Length: 0x40"}, e.Body},
			"a length of all there is":   {[]string{"Content-Length: 99999999999999999999"}, e.Body},
			"chunks of another kind":     {[]string{"Transfer-Encoding: x" + "chunked"}, chunked(e.Body)},
			"chunks twice":               {[]string{"Transfer-Encoding: chunked", "Transfer-Encoding: chunked"}, chunked(e.Body)},
			"chunks and more":            {[]string{"Transfer-Encoding: gzip, chunked"}, chunked(e.Body)},
			"chunks, and identity":       {[]string{"Transfer-Encoding: identity, chunked"}, chunked(e.Body)},
			"a space before the colon":   {[]string{"Transfer-Encoding : chunked", length(e.Body)}, e.Body},
			"a tab in a name":            {[]string{"Transfer-\tEncoding: chunked", length(e.Body)}, e.Body},
			"a NUL in a header":          {[]string{"X: " + Canary + "\x00", length(e.Body)}, e.Body},
			"a bare return in a header":  {[]string{"X: " + Canary + "\rY: z", length(e.Body)}, e.Body},
			"a name with a space":        {[]string{Canary + " y: z", length(e.Body)}, e.Body},
			"no name":                    {[]string{": " + Canary, length(e.Body)}, e.Body},
			"no colon":                   {[]string{Canary, length(e.Body)}, e.Body},
			"two hosts":                  {[]string{"Host: " + Canary + ".example", length(e.Body)}, e.Body},
			"a large header":             {[]string{"X: " + strings.Repeat(Canary, 10_000), length(e.Body)}, e.Body},
			"many headers":               {[]string{strings.Repeat("X: "+Canary+"\r\n", 5000) + "Y: z", length(e.Body)}, e.Body},
			"an expectation":             {[]string{"Expect: " + Canary, length(e.Body)}, e.Body},
			"a protocol of another kind": {[]string{"X: y\r\n\r\nPRI * HTTP/2.0", length(e.Body)}, ""},
		} {
			r := s.raw(e.with(e.Method, e.Target, append(slices.Clone(c.headers), other...), c.body))
			if name == "a protocol of another kind" && e.Most == 0 {
				continue // it is answered before what comes next, which is nobody's
			}
			s.refused(name+" for "+e.Route, r)
		}
		for _, line := range []string{"HTTP/2.0", "HTTP/0.9", "HTTP/1.1 ", "HTTP/1.10", "http/1.1", ""} {
			s.refused(line+" for "+e.Route, s.raw(strings.Replace(e.with(e.Method, e.Target, other, ""), "HTTP/1.1", line, 1)))
		}
		s.smuggled(e, other)
	}
	for _, text := range []string{"\r\n\r\n\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "\x00", Canary + "\r\n\r\n", "GET\r\n\r\n"} {
		s.refused(fmt.Sprintf("%q", text), s.raw(text+"\r\n\r\n"))
	}
}

// smuggled: behind a request that has both a length and chunks, nothing is taken
// for another request (RFC 9112, section 6.1).
func (s *siege) smuggled(e Endpoint, headers []string) {
	conn := s.dial()
	if conn == nil {
		return
	}
	defer conn.Close()
	within := "GET /" + Canary + " HTTP/1.1\r\nHost: " + s.Host + "\r\n\r\n"
	headers = append([]string{fmt.Sprint("Content-Length: ", len(within)+5), "Transfer-Encoding: chunked"}, headers...)
	text := strings.Replace(e.with(e.Method, e.Target, headers, "0\r\n\r\n"+within), "Connection: close\r\n", "", 1)
	_, _ = io.WriteString(conn, text)
	in := bufio.NewReader(conn)
	s.read(in, text)
	if r := s.read(in, text); r != nil {
		s.Errorf("%s: what was smuggled is answered: %+v", e.Route, r)
	}
}

// hosts that are another's, and pages of other sites: only a server that is for
// its own machine cares.
func (s *siege) hosts() {
	if !s.Loopback {
		return
	}
	for _, e := range s.endpoints {
		for _, headers := range [][2]string{
			{Canary + ".example", ""},
			{Canary + ".example:80", ""},
			{s.Host + "." + Canary + ".example", ""},
			{"", ""},
			{s.Host, "Origin: https://" + Canary + ".example"},
			{s.Host, "Origin: null"},
			{"0.0.0.0", ""},
			{Canary + ".example", "X-Forwarded-Host: " + s.Host},
			{Canary + ".example", "Forwarded: host=" + s.Host},
		} {
			e.host = headers[0]
			all := e.headers()
			if headers[1] != "" {
				all = append([]string{headers[1]}, all...)
			}
			r := s.raw(e.with(e.Method, e.Target, all, e.Body))
			s.refused(fmt.Sprintf("%q for %s", headers, e.Route), r)
			if r != nil && r.header.Get("Access-Control-Allow-Origin") != "" {
				s.Errorf("%s is given to another site", e.Route)
			}
		}
	}
}
