package timing

import (
	"fmt"
	"net/http"

	"github.com/chancery-vc/chancery/conformance/load/registertest"
)

// class is a reason for a refusal, and a question that is refused for it. The
// questions differ in nothing else, and have one length.
type class struct{ name, body string }

// reading is how many of the classes, the first ones, the register is read for.
const reading = 3

func classes() []class {
	const nonce = "n-1"
	question := func(purpose, name, key string) string { return registertest.Question(purpose, nonce, name, key) }
	return []class{
		{"no record", question(registertest.Purpose, registertest.Status, registertest.KeyNone)},
		{"many records", question(registertest.Purpose, registertest.Status, registertest.KeyTwice)},
		{"no word", question(registertest.Purpose, registertest.Status, registertest.KeyOdd)},
		{"unknown name", question(registertest.Purpose, "age", registertest.Key(1))},
		{"not for that", question(registertest.OtherPurpose, registertest.Status, registertest.Key(1))},
	}
}

// refused asks, and wants the one refusal that there is.
func refused(client *registertest.Client, c class) error {
	status, answer, err := client.Post("/v1/statuses", c.body)
	if err == nil && (status != http.StatusForbidden || string(answer) != refusal) {
		err = fmt.Errorf("%s: status %d: %s", c.name, status, answer)
	}
	return err
}

const refusal = `{"type":"urn:chancery:problem:refused","title":"Forbidden","status":403,"detail":"there is no answer to this question for you"}`
