package vault

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/secret/vaulttest"
)

// request is one of those that the issuer's client sends.
type request struct {
	name, method, path string
	token              string // good, none, or wrong
	in                 object
}

// requests returns what both servers are asked.
func requests(roleID, secretID string) []request {
	ed, digest := "bWVzc2FnZQ==", "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
	p256 := object{"input": digest, "key_version": 1, "prehashed": true, "hash_algorithm": "sha2-256", "marshaling_algorithm": "asn1"}
	login := func(id, secret string) object { return object{"role_id": id, "secret_id": secret} }
	return []request{
		{"log in", "POST", "auth/approle/login", "none", login(roleID, secretID)},
		{"log in with a wrong secret", "POST", "auth/approle/login", "none", login(roleID, "wrong")},
		{"log in with a wrong role", "POST", "auth/approle/login", "none", login("wrong", secretID)},
		{"look at a token", "GET", "auth/token/lookup-self", "good", nil},
		{"look at a wrong token", "GET", "auth/token/lookup-self", "wrong", nil},
		{"renew a token", "POST", "auth/token/renew-self", "good", object{}},
		{"read a secret", "GET", "secret/data/civil/db", "good", nil},
		{"read a secret with a wrong token", "GET", "secret/data/civil/db", "wrong", nil},
		{"read a secret without a token", "GET", "secret/data/civil/db", "none", nil},
		{"read a secret that is not there", "GET", "secret/data/civil/none", "good", nil},
		{"read a key of Ed25519", "GET", "transit/keys/issuer", "good", nil},
		{"read a key of P-256", "GET", "transit/keys/selective", "good", nil},
		{"read a key that is not there", "GET", "transit/keys/none", "good", nil},
		{"sign with Ed25519", "POST", "transit/sign/issuer", "good", object{"input": ed, "key_version": 1}},
		{"sign with P-256", "POST", "transit/sign/selective", "good", p256},
		{"sign with a version that is not there", "POST", "transit/sign/issuer", "good", object{"input": ed, "key_version": 7}},
		{"sign with a key that is not there", "POST", "transit/sign/none", "good", object{"input": ed, "key_version": 1}},
		{"sign what is not base64", "POST", "transit/sign/issuer", "good", object{"input": "?", "key_version": 1}},
	}
}

// shape has of a value the names of its members and the types.
func shape(value any) any {
	switch v := value.(type) {
	case object:
		members := object{}
		for name, value := range v {
			members[name] = shape(value)
		}
		return members
	case string:
		if strings.HasPrefix(v, "vault:v1:") {
			return "a signature of version 1"
		}
		if strings.HasPrefix(v, "-----BEGIN PUBLIC KEY-----\n") {
			return "a key in PEM"
		}
	}
	return fmt.Sprintf("%T", value)
}

// within leaves of the real answer what the played one has, too, which is more
// than the client reads.
func within(real, played any) any {
	r, isObject := real.(object)
	p, both := played.(object)
	if !isObject || !both {
		return real
	}
	left := object{}
	for name := range p {
		if value, ok := r[name]; ok {
			left[name] = within(value, p[name])
		}
	}
	return left
}

// answer is what a server says to a request.
type answer struct {
	Status int
	Body   any
}

// answers logs in with the first request, and returns what is said to each.
func (s *server) answers(all []request) (answers []answer) {
	s.Helper()
	_, login := s.ask("", all[0].method, all[0].path, all[0].in)
	tokens := map[string]string{"none": "", "wrong": "hvs.wrong", "good": login["auth"].(object)["client_token"].(string)}
	for _, r := range all {
		status, out := s.ask(tokens[r.token], r.method, r.path, r.in)
		answers = append(answers, answer{status, out})
	}
	return answers
}

// TestPlayed: the server that other tests play answers each request that the
// client sends as the real one does: with its status, and if that is good with
// members of the same names and types.
func TestPlayed(t *testing.T) {
	real, played := start(t), vaulttest.Start(t, time.Now)
	stand := &server{TB: t, URL: played.URL, client: web.NewClient(played.Roots(), answerTime)}
	fields := object{"password": "canary"}
	real.put("civil/db", fields)
	played.Put("civil/db", fields)
	for name, kind := range map[string]string{"issuer": "ed25519", "selective": "ecdsa-p256"} {
		real.key(name, kind)
		played.AddKey(name, kind)
	}
	roleID, secretID := real.role(`path "*" { capabilities = ["read", "update"] }`, nil)
	all := requests(roleID, secretID)
	want, got := real.answers(all), stand.answers(requests(vaulttest.RoleID, vaulttest.SecretID))
	for n, r := range all {
		if want[n].Status == http.StatusOK && got[n].Status == http.StatusOK {
			want[n].Body, got[n].Body = shape(within(want[n].Body, got[n].Body)), shape(got[n].Body)
		} else {
			want[n].Body, got[n].Body = nil, nil
		}
		if diff := cmp.Diff(want[n], got[n]); diff != "" {
			t.Errorf("%s: the real server (-) and the played one (+):\n%s", r.name, diff)
		}
	}
}
