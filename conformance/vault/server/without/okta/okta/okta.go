// Package okta stands in for github.com/okta/okta-sdk-golang/v5/okta, with which
// Vault can ask a service for a second factor: it is twelve megabytes of source,
// and the server of the tests asks nobody. It has the names that Vault uses, and
// no configuration is good.
package okta

import (
	"context"
	"errors"
)

// Configuration says which service.
type Configuration struct{ Context context.Context }

// Option is of [NewConfiguration].
type Option any

// WithToken is no matter.
func WithToken(string) Option { return nil }

// WithOrgUrl is no matter.
func WithOrgUrl(string) Option { return nil }

// WithCache is no matter.
func WithCache(bool) Option { return nil }

// NewConfiguration refuses.
func NewConfiguration(...Option) (*Configuration, error) {
	return nil, errors.New("this server asks nobody for a second factor")
}

// APIClient would ask the service.
type APIClient struct {
	UserAPI       users
	UserFactorAPI factors
}

// NewAPIClient returns what is never used: there is no configuration.
func NewAPIClient(*Configuration) *APIClient { return nil }

// GetConfig returns none.
func (*APIClient) GetConfig() *Configuration { return nil }

// asks is a request for a T.
type asks[T any] struct{}

func (a asks[T]) Filter(string) asks[T] { return a }

func (asks[T]) Execute() (answer T, response any, err error) { return answer, nil, nil }

type users struct{}

func (users) ListUsers(context.Context) (a asks[[]identified]) { return a }

type factors struct{}

func (factors) ListFactors(context.Context, string) (a asks[[]factor]) { return a }

func (factors) VerifyFactor(context.Context, string, string) (a asks[verified]) { return a }

func (factors) GetFactorTransactionStatus(context.Context, string, string, string) (a asks[transaction]) {
	return a
}

type identified struct{}

func (identified) GetId() string { return "" }

// UserFactorPush is a factor that asks on a telephone.
type UserFactorPush = identified

type factor struct{ UserFactorPush *UserFactorPush }

type verified struct{ Links any }

func (verified) GetFactorResult() string { return "" }

type transaction struct {
	UserFactorPushTransactionWaiting, UserFactorPushTransaction         *struct{}
	UserFactorPushTransactionRejected, UserFactorPushTransactionTimeout *struct{}
}
