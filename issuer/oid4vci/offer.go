package oid4vci

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// GrantType is the pre-authorized code grant.
const GrantType = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

// Offer is what the operator hands to a holder.
type Offer struct {
	URI             string    `json:"uri"`
	TransactionCode string    `json:"transactionCode"` // to be told on another way than the URI
	Expires         time.Time `json:"expires"`
}

// state is an offer that was made, and what its token stands for. The
// transaction code is short and only protects against who sees the URI; its
// digest does not protect it from who reads the store.
type state struct {
	Profile    string `json:"profile"`
	Key        string `json:"key"`
	CodeDigest []byte `json:"transactionCode"`
	Wrong      int    `json:"wrong"`
	Replaces   string `json:"replaces,omitzero"` // credential that is revoked when this one is issued; empty for none
}

func offerKey(code string) singleuse.Key { return singleuse.Key{Kind: kindOffer, ID: digest(code)} }

func tokenKey(token string) singleuse.Key { return singleuse.Key{Kind: kindToken, ID: digest(token)} }

func (o state) entry(key singleuse.Key, expires time.Time) (*singleuse.Entry, error) {
	data, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("state of an offer: %w", err)
	}
	return &singleuse.Entry{Key: key, Value: data, Expires: expires}, nil
}

func stateOf(e *singleuse.Entry) (o state, err error) {
	if err := json.Unmarshal(e.Value, &o); err != nil {
		return state{}, fmt.Errorf("state of an offer: %w", err)
	}
	return o, nil
}

// Offer offers the holder a credential of one record.
func (s *Service) Offer(ctx context.Context, profile, key string) (Offer, error) {
	return s.offer(ctx, state{Profile: profile, Key: key})
}

// OfferAgain offers the holder of a credential another one in its place, of the
// record that it was issued for. It is revoked when that one is issued. At the
// replica that issued it that is once, however many such offers there are.
func (s *Service) OfferAgain(ctx context.Context, profile, key, replaces string) (Offer, error) {
	return s.offer(ctx, state{Profile: profile, Key: key, Replaces: replaces})
}

func (s *Service) offer(ctx context.Context, of state) (Offer, error) {
	if err := s.uses.Sweep(ctx); err != nil { // it has keys of records, no longer than it must
		return Offer{}, err
	}
	code, err := s.secret()
	if err != nil {
		return Offer{}, err
	}
	terms := s.issuer.Config().Offers
	digits, err := s.digits(terms.Digits)
	if err != nil {
		return Offer{}, err
	}
	expires := s.issuer.Now().Add(terms.Lifetime.Std())
	offer := Offer{
		URI:             "openid-credential-offer://?credential_offer_uri=" + url.QueryEscape(s.identifier()+"/offers/"+code),
		TransactionCode: digits, Expires: expires,
	}
	of.CodeDigest = []byte(digest(digits))
	made, err := of.entry(offerKey(code), expires)
	if err != nil {
		return Offer{}, err
	}
	if err := s.issuer.Grant(ctx, of.Profile, of.Key, s.uses.With(made.Key, singleuse.New(*made))); err != nil {
		return Offer{}, err
	}
	return offer, nil
}

// digits returns a transaction code of n digits.
func (s *Service) digits(n int) (string, error) {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	code, err := rand.Int(s.issuer.Random(), limit)
	if err != nil {
		return "", fmt.Errorf("make a transaction code: %w", err)
	}
	return fmt.Sprintf("%0*d", n, code), nil
}

// Object is a credential offer as the wallet sees it (section 4.1.1).
type Object struct {
	Issuer         string           `json:"credential_issuer"`
	Configurations []string         `json:"credential_configuration_ids"`
	Grants         map[string]grant `json:"grants"`
}

type grant struct {
	Code            string          `json:"pre-authorized_code"`
	TransactionCode transactionCode `json:"tx_code"`
}

type transactionCode struct {
	InputMode   string `json:"input_mode"`
	Length      int    `json:"length"`
	Description string `json:"description"`
}

// OfferObject returns the offer that a URI refers to, until it is redeemed.
func (s *Service) OfferObject(ctx context.Context, code string) (Object, error) {
	o, err := s.get(ctx, offerKey(code), errOver)
	if err != nil {
		return Object{}, err
	}
	return Object{
		Issuer: s.identifier(), Configurations: []string{o.Profile},
		Grants: map[string]grant{GrantType: {Code: code, TransactionCode: transactionCode{
			InputMode: "numeric", Length: s.issuer.Config().Offers.Digits,
			Description: "The code that the registry told you together with this offer",
		}}},
	}, nil
}
