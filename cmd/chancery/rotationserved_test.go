package main

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/verifier/did"
)

// rotation is a served issuer whose keys change, and what the world gets of it
// meanwhile.
type rotation struct {
	*program
	base   string // of the configuration, without keys
	holder issuertest.Holder
	keys   map[string]crypto.PublicKey // by file

	stage atomic.Int32 // into how many sets of keys it has gone
	mu    sync.Mutex
	got   []gotten
}

// gotten is an answer, and in which stage it was asked for.
type gotten struct {
	answer []byte
	fact   bool
	stage  int
}

const rotationToken = "token-of-the-school"

func newRotation(t *testing.T) *rotation {
	r := &rotation{program: served(t), holder: issuertest.NewHolder(t, "holder"), keys: map[string]crypto.PublicKey{}}
	r.base = r.text + fmt.Sprintf(relyingParty, "", "token_sha256: "+access.Digest(rotationToken)) +
		"budget: {subjects: unlimited, questions_per_subject: unlimited}\n"
	for _, name := range []string{"signing.key", "next.key", "third.key"} {
		path := filepath.Join(filepath.Dir(r.config), name)
		if name != "signing.key" {
			_, said, errors := call(t.Context(), "key", "new", path)
			if !strings.Contains(said, "did:key:") {
				t.Fatal(errors)
			}
		}
		signer, err := key.Load(path)
		must(t, err)
		r.keys[name] = signer.Public()
	}
	return r
}

func (r *rotation) id(file string) string {
	r.Helper()
	id, _, err := did.FromKey(r.keys[file])
	must(r.T, err)
	return id
}

// turn has the program sign with a key and list others, and waits until it does.
func (r *rotation) turn(signing string, others ...string) {
	r.Helper()
	text := strings.Replace(r.base, "signing_key: signing.key", "signing_key: "+signing, 1) + "keys: [" + strings.Join(others, ", ") + "]\n"
	must(r.T, os.WriteFile(r.config, []byte(text), 0o600))
	before := r.count(changedSaid)
	must(r.T, r.command.Process.Signal(syscall.SIGHUP))
	r.eventually("the change to "+signing, func() bool { return r.count(changedSaid) > before || r.count(unchangedSaid) > 0 })
	if r.count(unchangedSaid) > 0 {
		r.Fatal(r.said.String())
	}
	r.stage.Add(1)
}

// send is a request that must be answered: none is refused, none is lost.
func (r *rotation) send(method, path, contentType, token, body string) ([]byte, error) {
	request, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, response.Status, data)
	}
	return data, errors.Join(err, response.Body.Close())
}

// member returns a member of a JSON object.
func member(data []byte, name string) (value string, err error) {
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		return "", err
	}
	value, ok := all[name].(string)
	if !ok {
		err = fmt.Errorf("%s has no %q", data, name)
	}
	return value, err
}

func (r *rotation) fact() ([]byte, error) {
	body := fmt.Sprintf(`{"purpose":"enrolment","nonce":"n","name":"of-age","key":%q}`, civil.KnownNumber)
	data, err := r.send(http.MethodPost, "/v1/facts", "application/json", rotationToken, body)
	if err != nil {
		return nil, err
	}
	answer, err := member(data, "answer")
	return []byte(answer), err
}

// taken offers a credential, and takes it.
func (r *rotation) taken() ([]byte, error) {
	operator, err := issuerhttp.Dial(r.socket())
	if err != nil {
		return nil, err
	}
	defer operator.Close()
	offer, err := operator.Offer(r.Context(), "birth", civil.KnownNumber)
	if err != nil {
		return nil, err
	}
	_, code, _ := strings.Cut(offer.URI, url.QueryEscape("/offers/"))
	form := url.Values{"grant_type": {oid4vci.GrantType}, "pre-authorized_code": {code}, "tx_code": {offer.TransactionCode}}
	data, err := r.send(http.MethodPost, "/token", "application/x-www-form-urlencoded", "", form.Encode())
	if err != nil {
		return nil, err
	}
	token, err := member(data, "access_token")
	if err != nil {
		return nil, err
	}
	if data, err = r.send(http.MethodPost, "/nonce", "", "", ""); err != nil {
		return nil, err
	}
	nonce, err := member(data, "c_nonce")
	if err != nil {
		return nil, err
	}
	proof := r.holder.Prove(r.T, issuertest.URL, nonce, time.Now())
	data, err = r.send(http.MethodPost, "/credential", "application/json", token, `{"credential_configuration_id":"birth","proofs":{"jwt":["`+proof+`"]}}`)
	var response struct {
		Credentials []struct{ Credential json.RawMessage }
	}
	if err := errors.Join(err, json.Unmarshal(data, &response)); err != nil || len(response.Credentials) != 1 {
		return nil, fmt.Errorf("%s: %w", data, err)
	}
	return response.Credentials[0].Credential, nil
}

func (r *rotation) socket() string {
	return filepath.Join(filepath.Dir(r.config), "state", "operator.sock")
}

// published fetches what verifiers fetch again and again.
func (r *rotation) published() error {
	for _, path := range []string{"/bundle", "/status/1", "/checkpoint", "/.well-known/did.json"} {
		if data, err := r.send(http.MethodGet, path, "", "", ""); err != nil || len(data) == 0 {
			return err
		}
	}
	return nil
}
