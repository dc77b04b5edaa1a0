package main

import (
	"errors"
	"net/http"
)

var errOffline = errors.New("chancery-verifier does not use a network")

// refuseNetwork makes every HTTP request of this process fail. Nothing here
// makes one: the policy has no resolver. This is for what is linked in, such
// as the default document loader of the JSON-LD library: whoever watches the
// network must not learn which credential is being verified, and a verdict
// must not hang on who answers.
func refuseNetwork() {
	http.DefaultTransport = refusal{}
	http.DefaultClient = &http.Client{Transport: refusal{}}
}

type refusal struct{}

func (refusal) RoundTrip(*http.Request) (*http.Response, error) { return nil, errOffline }
