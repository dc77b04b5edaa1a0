package issuer

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// asksGrant is what the log says was asked for with a grant.
const asksGrant = "grant"

// MintGrant signs a grant for a partner, and takes it through the log like any
// answer: asked, signed, answered with the hash of the very bytes, released. It
// returns [ErrGrantTerms] if the configuration does not let it be.
func (i *Issuer) MintGrant(ctx context.Context, t PartnerTerms) (_ Answer, err error) {
	ctx, end := i.begin(ctx, StageAnswer)
	defer end(&err)
	record := i.record(Operator, "")
	record.Asks = asksGrant
	if err := i.checkPartnerTerms(t); err != nil {
		return Answer{}, i.refuse(ctx, record, err)
	}
	asked, err := i.logQuestion(ctx, record, nil, singleuse.Step{})
	if err != nil {
		return Answer{}, err
	}
	answer, err := i.mintGrant(ctx, t, asked)
	if err != nil {
		return Answer{}, i.refuse(ctx, asked, stopped(ctx, err))
	}
	return i.receipted(ctx, answer), nil
}

func (i *Issuer) mintGrant(ctx context.Context, t PartnerTerms, asked logproof.Record) (Answer, error) {
	s, err := i.newStatement(t.Until.Sub(i.now()))
	if err != nil {
		return Answer{}, err
	}
	s.Audience, s.Subject = i.config.URL, partnerPrefix+t.Partner
	s.NotBefore, s.Expires = t.From.Unix(), t.Until.Unix()
	s.Confirmation = &statement.Confirmation{Thumbprint: t.Thumbprint}
	s.Grant = &statement.Grant{Purposes: t.Purposes, Facts: t.Facts, Statuses: t.Statuses, Credentials: t.Credentials}
	for _, key := range t.Keys {
		s.Grant.Keys = append(s.Grant.Keys, i.partnerKey(s.ID, key))
	}
	s.Grant.Count = max(t.Count, len(t.Keys))
	answer, err := i.sign(ctx, s)
	if err != nil {
		return Answer{}, err
	}
	if len(answer.Bytes) > access.MaxToken {
		return Answer{}, fmt.Errorf("%w: it would have %d bytes, and at most %d can be shown with a request: name less", ErrGrantTerms, len(answer.Bytes), access.MaxToken)
	}
	kept := partner.State{Digest: logproof.HashOf(answer.Bytes).String(), Most: s.Grant.Count, Expires: s.ExpiresAt()}
	keep := func(tx *store.Tx, a Answer) error { return i.keepGrant(tx, s.ID, a.Bytes) }
	return answer, i.release(ctx, asked, outcome{Answer: answer, spend: i.partners.Open(s.ID, kept), settle: keep})
}

// partnerKey is what a grant has of a record's key: who has not the issuer's
// secret cannot try keys on it, nor join two grants by it.
func (i *Issuer) partnerKey(grant, key string) string {
	digest, _ := base64.RawURLEncoding.DecodeString(i.pseudonyms.Pairwise("partner grant", grant, key)) // its own text
	return base64.RawURLEncoding.EncodeToString(digest[:16])
}

// bucketGrants has the grants that were signed here, by identifier, for their
// operator to see. Whoever reads it has the grants, which are of no use without
// their partners' keys; what is in force is in issuer/partner.
const bucketGrants = "partner-grants"

// keptAfter is how long a grant can be seen after its end.
const keptAfter = 7 * 24 * time.Hour

// keepGrant keeps a grant that was signed, and gives up those that ended long
// ago.
func (i *Issuer) keepGrant(tx *store.Tx, id string, token []byte) error {
	var old [][]byte
	for key, data := range tx.All(bucketGrants) {
		if u, err := statement.Peek(data); err != nil || i.now().After(u.Statement.ExpiresAt().Add(keptAfter)) {
			old = append(old, slices.Clone(key))
		}
	}
	for _, key := range old {
		if err := tx.Delete(bucketGrants, key); err != nil {
			return err
		}
	}
	return tx.Put(bucketGrants, []byte(id), token)
}
