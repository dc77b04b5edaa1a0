package verifier

import (
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/credential"
)

type wireReport struct {
	Verdict    Verdict          `json:"verdict"`
	Reason     string           `json:"reason,omitzero"`
	Credential string           `json:"credential,omitzero"`
	Types      []string         `json:"types,omitzero"`
	Issuer     string           `json:"issuer,omitzero"`
	JudgedAt   string           `json:"judgedAt"`
	Checks     []wireCheck      `json:"checks"`
	Subjects   []map[string]any `json:"subjects,omitzero"` // only if accepted
	Holder     string           `json:"holder,omitzero"`   // of a presentation
	Held       []wireReport     `json:"credentials,omitzero"`
}

type wireCheck struct {
	Check      string  `json:"check"`
	Outcome    Outcome `json:"outcome"`
	Required   bool    `json:"required"`
	Detail     string  `json:"detail"`
	AsOf       string  `json:"asOf,omitzero"`
	AgeSeconds *int64  `json:"ageSeconds,omitzero"`
	StaleBy    *int64  `json:"staleBySeconds,omitzero"`
}

// MarshalJSON writes the report for a machine. What the credential says is in
// it only if the verdict is accepted, of a presentation and all that it holds.
func (r *Report) MarshalJSON() ([]byte, error) {
	return json.Marshal(r.wireReport(r.Verdict() == VerdictAccepted), json.Deterministic(true))
}

func (r *Report) wireReport(all bool) wireReport {
	w := wireReport{
		Verdict: r.Verdict(), Reason: r.Reason(), JudgedAt: credential.FormatTime(r.now),
		Checks: []wireCheck{},
	}
	if u := r.unverified; u != nil {
		w.Credential, w.Types, w.Issuer = u.ID, u.Types, u.Issuer
	}
	if p := r.presentation; p != nil {
		w.Types, w.Holder = p.Types, p.Holder
	}
	if v := r.Verified(); v != nil && all {
		w.Subjects = v.Subjects()
	}
	for _, c := range r.Checks {
		w.Checks = append(w.Checks, r.wire(c))
	}
	for _, one := range r.Credentials {
		w.Held = append(w.Held, one.wireReport(all))
	}
	return w
}

func (r *Report) wire(c Check) wireCheck {
	w := wireCheck{Check: c.Name, Outcome: c.Outcome, Required: c.Required, Detail: c.Detail}
	if !c.AsOf.IsZero() {
		age := int64(r.now.Sub(c.AsOf) / time.Second)
		w.AsOf, w.AgeSeconds = credential.FormatTime(c.AsOf), &age
	}
	if c.Outcome == Stale {
		late := int64(c.StaleBy / time.Second)
		w.StaleBy = &late
	}
	return w
}
