package config

import (
	"reflect"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Witness is somebody who cosigns checkpoints (C2SP tlog-witness).
type Witness struct {
	// URL is its submission prefix: what comes before /add-checkpoint.
	URL string `yaml:"url"`
	// Key is its verifier key, name+id+key, as its operator tells it.
	Key Text `yaml:"key"`
	// CA is the file with the authorities, PEM, one of which the TLS certificate
	// of URL must come from. Default: those of the system.
	CA string `yaml:"ca"`
}

func (a Anchor) checkWitnesses(where string, terms Anchor) error {
	if len(a.Witnesses) == 0 {
		return invalid(where, "witnesses is missing: the url and the key of one at least")
	}
	for _, w := range a.Witnesses {
		if !isAddress(w.URL, "https") {
			return invalid(where, "url %q is not the https address of a witness, such as https://witness.example", w.URL)
		}
	}
	if _, err := a.CosignedBy(); err != nil {
		return invalid(where, "%v", err)
	}
	if !reflect.DeepEqual(a, terms) {
		return invalid(where, "witnesses have name, kind, every, stop_after, witnesses and need and nothing else")
	}
	return nil
}

// CosignedBy returns which witnesses a is of, and how many of them it needs.
func (a Anchor) CosignedBy() (logproof.Witnesses, error) {
	var all []logproof.Witness
	for _, w := range a.Witnesses {
		one, err := logproof.ParseWitness(string(w.Key))
		if err != nil {
			return logproof.Witnesses{}, err
		}
		all = append(all, one)
	}
	return logproof.NewWitnesses(a.Need, all...)
}
