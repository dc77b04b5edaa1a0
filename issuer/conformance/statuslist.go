package conformance

import (
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/bitstring"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// listLifetime is how long the status list is valid.
const listLifetime = time.Hour

// statusList is the one status list of a server. Nothing in it is ever
// revoked, and it says the same of each place, so that two credentials may
// have the same one.
type statusList struct {
	minter *mint.Minter
	url    string
	random io.Reader
}

// reserve returns a place picked at random.
func (l *statusList) reserve() (*mint.Status, error) {
	var word [4]byte
	if _, err := io.ReadFull(l.random, word[:]); err != nil {
		return nil, err
	}
	return &mint.Status{List: l.url, Index: int(binary.BigEndian.Uint32(word[:]) % bitstring.MinLength)}, nil
}

// credential returns the signed list as of now.
func (l *statusList) credential(ctx context.Context, now time.Time) ([]byte, error) {
	encoded, err := bitstring.New(bitstring.MinLength).Encode()
	if err != nil {
		return nil, err
	}
	return l.minter.Mint(ctx, mint.StatusList(l.url, encoded, now, now.Add(listLifetime)), now)
}

// bundle is the list as a verifier takes it.
func (l *statusList) bundle(ctx context.Context, now time.Time) (*bundle.Bundle, error) {
	signed, err := l.credential(ctx, now)
	if err != nil {
		return nil, err
	}
	list, err := credential.Parse(signed)
	if err != nil {
		return nil, err
	}
	lists := map[string]*credential.Unverified{l.url: list}
	return &bundle.Bundle{Issuer: l.minter.Issuer().ID, Created: now, StatusLists: lists}, nil
}

// serveList serves the list as plain JSON: the loader of the suite does not
// read the media type of credentials.
func (s *Server) serveList(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("list") != "1" {
		http.NotFound(w, r)
		return
	}
	list, err := s.list.credential(r.Context(), s.environment.Now())
	if err != nil {
		s.environment.Log.Error("status list", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(list)
}
