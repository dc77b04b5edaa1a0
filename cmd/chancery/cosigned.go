package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// cosigned says which witnesses must have cosigned a checkpoint.
type cosigned struct {
	Witness []string `help:"Verifier key of a witness that must have cosigned the newest checkpoint; may be given again." placeholder:"VKEY"`
	Need    int      `help:"How many of the witnesses must have. Default: all."`
}

func (c cosigned) policy() (logproof.Witnesses, error) {
	if len(c.Witness) == 0 {
		if c.Need != 0 {
			return logproof.Witnesses{}, errors.New("--need is of so many --witness, and none is given")
		}
		return logproof.Witnesses{}, nil
	}
	var all []logproof.Witness
	for _, vkey := range c.Witness {
		one, err := logproof.ParseWitness(vkey)
		if err != nil {
			return logproof.Witnesses{}, fmt.Errorf("--witness: %w", err)
		}
		all = append(all, one)
	}
	need := c.Need
	if need == 0 {
		need = len(all)
	}
	return logproof.NewWitnesses(need, all...)
}

// check returns the cosignatures on the newest of some checkpoints, or the
// answer no.
func (c cosigned) check(checkpoints []judged) ([]logproof.Cosignature, error) {
	policy, err := c.policy()
	if err != nil || len(c.Witness) == 0 {
		return nil, err
	}
	if len(checkpoints) == 0 {
		return nil, errors.New("--witness needs a checkpoint: give --checkpoint or --from-tiles")
	}
	newest := slices.MaxFunc(checkpoints, func(a, b judged) int { return cmp.Compare(a.checkpoint.Size, b.checkpoint.Size) })
	found, err := policy.Check(newest.data, newest.key)
	if errors.Is(err, logproof.ErrWitness) {
		return nil, no(err.Error())
	}
	return found, err
}

func writeCosignatures(w io.Writer, cosignatures []logproof.Cosignature) {
	for _, one := range cosignatures {
		fmt.Fprintf(w, "At %s it was the longest that the witness %s had seen.\n", one.Time.Format(time.RFC3339), one.Witness.Name)
	}
}

// anchoredIn returns the checkpoint in a line of a file anchor.
func anchoredIn(line []byte) ([]byte, bool) {
	var l struct {
		Checkpoint string `json:"checkpoint"`
	}
	if err := json.Unmarshal(line, &l); err != nil || l.Checkpoint == "" {
		return nil, false
	}
	return []byte(l.Checkpoint), true
}
