// Package timestamp has checkpoints stamped by a time-stamping authority, so
// that a log that is written anew later shows: no authority stamps a date of
// the past.
//
// An authority keeps nothing. The folder has, for each checkpoint, the signed
// note itself and the authority's token for the SHA-256 of its bytes:
//
//	00000000000000001234.checkpoint
//	00000000000000001234.tst
//
// The number is that of records. `openssl ts -verify -token_in` reads both. The
// folder shows a roll-back of the log only if it is not rolled back with it: it
// belongs on another disk.
//
// A token counts if it is signed, by one signer, with SHA-256 or longer, whose
// certificate is for time-stamping alone, comes from one of the configured
// roots, was valid at the time of the token, and is the one that the signature
// names; and if it is of this checkpoint, this request's nonce, the configured
// policy and a time not far from this machine's.
//
// What is sent is a hash and a random number, so that an authority may be asked
// without TLS. Errors wrap [ErrToken] or [anchor.ErrRefused], or are those of
// net/http and the file system.
//
// Source: RFC 3161, sections 2.2, 2.3, 2.4 and 3.4; RFC 5816 (the hash of the
// signer's certificate); RFC 5652, section 11.1.
package timestamp

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"

	"github.com/digitorus/timestamp"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/anchor"
)

const (
	// maxAnswer caps what an authority answers.
	maxAnswer = 64 << 10
	// maxDrift is how far an authority's time may be from this machine's.
	maxDrift = 5 * time.Minute
	// nonceBits is how long a nonce is.
	nonceBits = 64
)

// Media types of RFC 3161, section 3.4.
const (
	typeQuery = "application/timestamp-query"
	typeReply = "application/timestamp-reply"
)

// Options say which authority to ask, and whom to believe.
type Options struct {
	// URL is where the authority is asked.
	URL string
	// Client asks. It ends what takes too long.
	Client *http.Client
	// Roots are the authorities, one of which the signer's certificate must
	// come from.
	Roots *x509.CertPool
	// Policy is under what the authority must stamp; nil for any.
	Policy asn1.ObjectIdentifier
	// Folder is where checkpoints and their tokens are kept.
	Folder string
	// Own judges the checkpoints in the folder.
	Own anchor.Judge
	// Now is this machine's time.
	Now func() time.Time
	// Random gives nonces.
	Random io.Reader
}

// New returns the anchor that o says.
func New(o Options) anchor.Anchor { return anchor.In(&store{o}) }

type store struct{ Options }

// Add has the checkpoint stamped, and keeps it with its token.
func (s *store) Add(ctx context.Context, checkpoint []byte) error {
	head, err := anchor.Read(checkpoint)
	if err != nil {
		return err
	}
	nonce, err := rand.Int(s.Random, new(big.Int).Lsh(big.NewInt(1), nonceBits))
	if err != nil {
		return fmt.Errorf("make a nonce: %w", err)
	}
	token, err := s.ask(ctx, checkpoint, nonce)
	if err != nil {
		return err
	}
	return s.keep(head.Size, checkpoint, token)
}

// ask returns the authority's token for checkpoint, verified.
func (s *store) ask(ctx context.Context, checkpoint []byte, nonce *big.Int) ([]byte, error) {
	digest := sha256.Sum256(checkpoint)
	query, err := (&timestamp.Request{
		HashAlgorithm: crypto.SHA256, HashedMessage: digest[:], Certificates: true, TSAPolicyOID: s.Policy, Nonce: nonce,
	}).Marshal()
	if err != nil {
		return nil, fmt.Errorf("write the request for a timestamp: %w", err)
	}
	answer, err := s.post(ctx, query)
	if err != nil {
		return nil, err
	}
	stamp, err := parseAnswer(answer)
	if err != nil {
		return nil, err
	}
	if stamp.Nonce == nil || stamp.Nonce.Cmp(nonce) != 0 {
		return nil, refused("it answers another request: its nonce is not the one that was sent")
	}
	if err := s.verify(stamp, digest[:]); err != nil {
		return nil, err
	}
	if drift := stamp.Time.Sub(s.Now()); drift.Abs() > maxDrift {
		return nil, refused("its time is %s, this machine's %s: set the clock that is wrong", stamp.Time.UTC().Format(time.RFC3339), s.Now().UTC().Format(time.RFC3339))
	}
	return stamp.RawToken, nil
}

func (s *store) post(ctx context.Context, query []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", typeQuery)
	response, err := s.Client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s", web.ErrStatus, response.Status)
	}
	if found := response.Header.Get("Content-Type"); found != typeReply {
		return nil, refused("its answer is %.80q, not %s", found, typeReply)
	}
	return web.ReadBody(response.Body, maxAnswer)
}
