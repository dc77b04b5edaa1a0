package oid4vci

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/url"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/singleuse"
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
	errToken = refused(InvalidToken, "the access token is not valid")
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
	if _, err := s.get(ctx, offerKey(code), errOver); err != nil { // a guess writes nothing
		return Token{}, err
	}
	var o state
	var wrong bool // it must not undo the change
	err = s.uses.Change(ctx, offerKey(code), func(was *singleuse.Entry) (_ *singleuse.Entry, err error) {
		if was == nil {
			return nil, errOver
		}
		if o, err = stateOf(was); err != nil {
			return nil, err
		}
		if wrong = subtle.ConstantTimeCompare([]byte(digest(digits)), o.CodeDigest) == 0; wrong {
			return s.countWrong(was, o)
		}
		return o.entry(tokenKey(token), s.issuer.Now().Add(tokenLifetime))
	})
	if err != nil {
		return Token{}, err
	}
	if wrong {
		return Token{}, s.issuer.Refuse(ctx, issuer.Holder, o.Profile, o.Key, errWrong)
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

func (s *Service) countWrong(was *singleuse.Entry, o state) (*singleuse.Entry, error) {
	o.Wrong++
	if o.Wrong >= s.issuer.Config().Offers.Attempts {
		return nil, nil
	}
	return o.entry(was.Key, was.Expires)
}

// authorized returns the offer that an access token stands for.
func (s *Service) authorized(ctx context.Context, token string) (state, error) {
	return s.get(ctx, tokenKey(token), errToken)
}

// get returns the live offer at a key; none is the error that there is none.
func (s *Service) get(ctx context.Context, key singleuse.Key, none error) (state, error) {
	e, err := s.uses.Get(ctx, key)
	if errors.Is(err, singleuse.ErrNone) {
		return state{}, none
	}
	if err != nil {
		return state{}, err
	}
	return stateOf(e)
}
