package oid4vci

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/url"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/store"
)

// Token is a successful token response (RFC 6749, section 5.1).
type Token struct {
	AccessToken string `json:"access_token"`
	Type        string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
}

var (
	errOver  = refused(InvalidGrant, "this offer is used up or too old")
	errWrong = refused(InvalidGrant, "the transaction code is wrong")
)

// Token redeems a pre-authorized code, once. Too many wrong transaction codes
// end the offer (section 13.6.3).
func (s *Service) Token(ctx context.Context, form url.Values) (Token, error) {
	code, digits, err := tokenRequest(form)
	if err != nil {
		return Token{}, err
	}
	token, err := s.secret()
	if err != nil {
		return Token{}, err
	}
	var outcome error // of the protocol: it must not undo the transaction
	var o state
	err = s.issuer.Store().Update(ctx, func(tx *store.Tx) (err error) {
		var ok bool
		if o, ok, err = s.get(tx, digest(code)); err != nil {
			return err
		}
		if outcome = nil; !ok || o.Redeemed {
			outcome = errOver
			return nil
		}
		if subtle.ConstantTimeCompare(digest(digits), o.CodeDigest) == 0 {
			outcome = errWrong
			return s.countWrong(tx, code, o)
		}
		return s.redeem(tx, code, token, o)
	})
	if err != nil {
		return Token{}, err
	}
	if outcome == errWrong {
		return Token{}, s.issuer.Refuse(ctx, issuer.Holder, o.Profile, o.Subject, errWrong)
	}
	if outcome != nil {
		return Token{}, outcome
	}
	return Token{AccessToken: token, Type: "Bearer", ExpiresIn: int(tokenLifetime.Seconds())}, nil
}

// tokenRequest: each parameter exactly once (RFC 6749, section 3.2).
func tokenRequest(form url.Values) (code, digits string, err error) {
	for _, name := range []string{"grant_type", "pre-authorized_code", "tx_code"} {
		if len(form[name]) != 1 || form[name][0] == "" {
			return "", "", refused(InvalidRequest, name+" must be there once")
		}
	}
	if form.Get("grant_type") != GrantType {
		return "", "", refused(UnsupportedGrantType, "only the pre-authorized code grant is supported")
	}
	return form.Get("pre-authorized_code"), form.Get("tx_code"), nil
}

func (s *Service) countWrong(tx *store.Tx, code string, o state) error {
	o.Wrong++
	if o.Wrong >= s.issuer.Config().Offers.Attempts {
		return tx.Delete(bucketOffers, digest(code))
	}
	return put(tx, digest(code), o)
}

func (s *Service) redeem(tx *store.Tx, code, token string, o state) error {
	o.Redeemed, o.TokenExpires = true, s.issuer.Now().Add(tokenLifetime)
	return errors.Join(put(tx, digest(code), o), tx.Put(bucketTokens, digest(token), digest(code)))
}

// authorized returns the offer that an access token stands for.
func (s *Service) authorized(tx *store.Tx, token string) (code []byte, o state, err error) {
	code = tx.Get(bucketTokens, digest(token))
	if code != nil {
		var ok bool
		if o, ok, err = s.get(tx, code); err != nil {
			return nil, state{}, err
		}
		if ok && o.Redeemed {
			return code, o, nil
		}
	}
	return nil, state{}, refused(InvalidToken, "the access token is not valid")
}
