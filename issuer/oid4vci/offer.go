package oid4vci

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/store"
)

// Buckets.
const (
	bucketOffers = "offers" // digest of the code to state
	bucketTokens = "tokens" // digest of the access token to digest of the code
)

// GrantType is the pre-authorized code grant.
const GrantType = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

// Offer is what the operator hands to a holder.
type Offer struct {
	URI             string    `json:"uri"`
	TransactionCode string    `json:"transactionCode"` // to be told on another way than the URI
	Expires         time.Time `json:"expires"`
}

// state is an offer that was made. The transaction code is short and only
// protects against who sees the URI; its digest does not protect it from who
// reads the store.
type state struct {
	Profile      string    `json:"profile"`
	Key          string    `json:"key"`
	Subject      string    `json:"subject"`
	CodeDigest   []byte    `json:"transactionCode"`
	Wrong        int       `json:"wrong"`
	Expires      time.Time `json:"expires"`
	Redeemed     bool      `json:"redeemed"`
	TokenExpires time.Time `json:"tokenExpires"`
}

// live tells whether the offer can still lead to a credential.
func (o state) live(now time.Time) bool {
	if o.Redeemed {
		return now.Before(o.TokenExpires)
	}
	return now.Before(o.Expires)
}

// Offer offers the holder a credential of one record.
func (s *Service) Offer(ctx context.Context, profile, key string) (Offer, error) {
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
	err = s.issuer.Grant(ctx, profile, key, func(tx *store.Tx, subject string) error {
		o := state{Profile: profile, Key: key, Subject: subject, CodeDigest: digest(digits), Expires: expires}
		return errors.Join(s.forget(tx), put(tx, digest(code), o))
	})
	if err != nil {
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

// forget deletes offers that are over, so that the store holds the keys of
// records no longer than it must, and the tokens that they gave.
func (s *Service) forget(tx *store.Tx) error {
	over := map[string]bool{}
	for code, data := range tx.All(bucketOffers) {
		var o state
		if err := json.Unmarshal(data, &o); err != nil {
			return fmt.Errorf("state of an offer: %w", err)
		}
		if !o.live(s.issuer.Now()) {
			over[string(code)] = true
		}
	}
	var tokens []string
	for token, code := range tx.All(bucketTokens) {
		if over[string(code)] {
			tokens = append(tokens, string(token))
		}
	}
	return errors.Join(remove(tx, bucketOffers, maps.Keys(over)), remove(tx, bucketTokens, slices.Values(tokens)))
}

func remove(tx *store.Tx, bucket string, keys iter.Seq[string]) error {
	for key := range keys {
		if err := tx.Delete(bucket, []byte(key)); err != nil {
			return err
		}
	}
	return nil
}

func put(tx *store.Tx, code []byte, o state) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return tx.Put(bucketOffers, code, data)
}

// get returns the live offer of a code's digest; ok is false if there is none.
func (s *Service) get(tx *store.Tx, code []byte) (o state, ok bool, err error) {
	data := tx.Get(bucketOffers, code)
	if data == nil {
		return state{}, false, nil
	}
	if err := json.Unmarshal(data, &o); err != nil {
		return state{}, false, fmt.Errorf("state of an offer: %w", err)
	}
	return o, o.live(s.issuer.Now()), nil
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
func (s *Service) OfferObject(code string) (Object, error) {
	var o state
	var ok bool
	err := s.issuer.Store().View(func(tx *store.Tx) (err error) {
		o, ok, err = s.get(tx, digest(code))
		return err
	})
	if err != nil {
		return Object{}, err
	}
	if !ok || o.Redeemed {
		return Object{}, refused(InvalidGrant, "this offer is used up or too old")
	}
	return Object{
		Issuer: s.identifier(), Configurations: []string{o.Profile},
		Grants: map[string]grant{GrantType: {Code: code, TransactionCode: transactionCode{
			InputMode: "numeric", Length: s.issuer.Config().Offers.Digits,
			Description: "The code that the registry told you together with this offer",
		}}},
	}, nil
}
