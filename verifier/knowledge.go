package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
)

// knowledge is what a verifier was given, by issuer. What one issuer's bundle
// says counts for that issuer only.
type knowledge struct {
	contexts *schemas.Contexts
	issuers  map[string]*issuerKnowledge
	network  did.Resolver
}

type issuerKnowledge struct {
	contexts *schemas.Contexts
	document *did.Document // nil if no bundle had one
	asOf     time.Time     // of document
	lists    map[string]*listKnowledge
}

// listKnowledge is a status list, verified when it is first needed.
type listKnowledge struct {
	once       sync.Once
	credential *credential.Unverified
	asOf       time.Time // creation of the bundle that brought it
	result     listResult
}

func newKnowledge(contexts *schemas.Contexts, bundles []*bundle.Bundle, network did.Resolver) (*knowledge, error) {
	k := &knowledge{contexts: contexts, issuers: map[string]*issuerKnowledge{}, network: network}
	oldestFirst := slices.SortedFunc(slices.Values(bundles), func(a, b *bundle.Bundle) int { return a.Created.Compare(b.Created) })
	for _, b := range oldestFirst {
		if err := k.add(b); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *knowledge) add(b *bundle.Bundle) error {
	issuer, ok := k.issuers[b.Issuer]
	if !ok {
		issuer = &issuerKnowledge{contexts: k.contexts, lists: map[string]*listKnowledge{}}
		k.issuers[b.Issuer] = issuer
	}
	var err error
	if issuer.contexts, err = b.AddContexts(issuer.contexts); err != nil {
		return err
	}
	for _, document := range b.Controllers {
		issuer.document, issuer.asOf = document, b.Created
	}
	for url, list := range b.StatusLists {
		issuer.lists[url] = &listKnowledge{credential: list, asOf: b.Created}
	}
	return nil
}

// contextsOf returns the contexts that credentials of issuer may name.
func (k *knowledge) contextsOf(issuer string) *schemas.Contexts {
	if i, ok := k.issuers[issuer]; ok {
		return i.contexts
	}
	return k.contexts
}

// contextsOfAll returns the contexts that a document with credentials of
// issuers may name.
func (k *knowledge) contextsOfAll(issuers []string) (*schemas.Contexts, error) {
	all := k.contexts
	for _, issuer := range issuers {
		var err error
		if all, err = all.And(k.contextsOf(issuer)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func checkContexts(urls []string, known *schemas.Contexts) error {
	for _, url := range urls {
		if !known.Has(url) {
			return fmt.Errorf("%w: %.200q; get it into a bundle of the issuer, or give it with its digest", schemas.ErrUnknownContext, url)
		}
	}
	return nil
}

// selfContained resolves identifiers that hold their own key.
var selfContained = did.First{did.Key{}, did.JWK{}}

// controller returns the document of id and the time as of which it is known;
// a zero time means that it cannot age.
func (k *knowledge) controller(ctx context.Context, id string) (*did.Document, time.Time, error) {
	document, err := selfContained.Resolve(ctx, id)
	if !errors.Is(err, did.ErrUnknown) {
		return document, time.Time{}, err
	}
	if i, ok := k.issuers[id]; ok && i.document != nil {
		return i.document, i.asOf, nil
	}
	if k.network == nil {
		return nil, time.Time{}, fmt.Errorf("%w: no bundle has the keys of %.120s; get one from the issuer", did.ErrUnknown, id)
	}
	document, err = k.network.Resolve(ctx, id)
	switch {
	case err == nil && document.ID != id:
		err = fmt.Errorf("%w: the document of %.120s names %.120s", did.ErrInvalid, id, document.ID)
	case err != nil && !errors.Is(err, did.ErrInvalid):
		err = fmt.Errorf("%w: %w", did.ErrUnknown, err) // an outage says nothing against the credential
	}
	return document, time.Time{}, err
}

// list returns the status list at url of issuer, or nil.
func (k *knowledge) list(issuer, url string) *listKnowledge {
	if i, ok := k.issuers[issuer]; ok {
		return i.lists[url]
	}
	return nil
}
