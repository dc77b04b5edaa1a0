package load

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/chancery-vc/chancery/conformance/load/registertest"
	"github.com/chancery-vc/chancery/issuer"
)

// records is how many the register has; questions go through them all.
const records = 100_000

// question is one of a mix of questions.
type question struct {
	kind      issuer.Kind
	name, key string
}

// mix returns the n-th question.
type mix struct {
	name     string
	question func(n int) question
}

// factsOnly are the four kinds of rules in turn.
func factsOnly(n int) question {
	facts := registertest.Facts()
	return question{issuer.Fact, facts[n%len(facts)], keyOf(n)}
}

// mixed are, of a hundred questions, 80 for facts, 15 for statuses and 5 for
// credentials.
func mixed(n int) question {
	switch n % 20 {
	case 3, 10, 17:
		return question{issuer.Status, registertest.Status, keyOf(n)}
	case 6:
		return question{issuer.Credential, registertest.Credential, keyOf(n)}
	}
	return factsOnly(n)
}

// keyOf spreads questions over the register.
func keyOf(n int) string { return registertest.Key(n*7919%records + 1) }

// asker asks the questions from first on, and returns once they are answered.
// Anything but an answer is an error.
type asker func(ctx context.Context, first, count int) error

// way is how questions get to the issuer.
type way struct {
	name  string
	each  int // questions in one request
	asker func(m mix) (ask asker, done func() error, err error)
}

// consulting calls the package.
func consulting(i *issuer.Issuer) func(mix) (asker, func() error, error) {
	return func(m mix) (asker, func() error, error) {
		ask := func(ctx context.Context, n, _ int) error {
			q := m.question(n)
			_, err := i.Consult(ctx, issuer.Query{
				Caller: registertest.Caller, Kind: q.kind, Name: q.name, Key: q.key, Purpose: registertest.Purpose, Nonce: strconv.Itoa(n),
			})
			return err
		}
		return ask, func() error { return nil }, nil
	}
}

// posting asks over HTTP. A batch is of facts: one kind of questions is at one
// address.
func posting(s registertest.Service) func(mix) (asker, func() error, error) {
	return func(m mix) (asker, func() error, error) {
		client, err := registertest.Dial(s)
		if err != nil {
			return nil, nil, err
		}
		ask := func(_ context.Context, first, count int) error {
			status, answer, err := client.Post(request(m, first, count))
			if err == nil && (status != http.StatusOK || bytes.Count(answer, []byte(`"answer":`)) != count) {
				err = fmt.Errorf("status %d: %s", status, answer)
			}
			return err
		}
		return ask, client.Close, nil
	}
}

// request returns the address and the body of a request.
func request(m mix, first, count int) (path, body string) {
	nonce := strconv.Itoa(first)
	if count > 1 {
		pairs := make([][2]string, count)
		for i := range pairs {
			q := m.question(first + i)
			pairs[i] = [2]string{q.name, q.key}
		}
		return "/v1/facts", registertest.Questions(registertest.Purpose, nonce, pairs...)
	}
	q := m.question(first)
	switch q.kind {
	case issuer.Credential:
		return "/v1/credentials", registertest.Question(registertest.Purpose, "", q.name, q.key)
	case issuer.Status:
		return "/v1/statuses", registertest.Question(registertest.Purpose, nonce, q.name, q.key)
	}
	return "/v1/facts", registertest.Question(registertest.Purpose, nonce, q.name, q.key)
}
