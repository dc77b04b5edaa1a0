package verifier

import (
	"slices"
	"time"

	"github.com/chancery-vc/chancery/verifier/credential"
)

// Outcome is how one check ended.
type Outcome string

// The outcomes of a check.
const (
	Established    Outcome = "established"
	Refused        Outcome = "refused"
	Stale          Outcome = "stale"
	NotEstablished Outcome = "not established"
)

// Verdict sums up a report.
type Verdict string

// The verdicts, from best to worst.
const (
	VerdictAccepted       Verdict = "accepted"
	VerdictStale          Verdict = "stale"
	VerdictNotEstablished Verdict = "not established"
	VerdictRefused        Verdict = "refused"
)

// The checks of a report, in its order.
const (
	CheckModel      = "model"      // the document has the form of a credential
	CheckProof      = "proof"      // every proof is a signature over this very document
	CheckIssuer     = "issuer"     // who signed is who issued, and is expected
	CheckValidity   = "validity"   // the time is within validFrom and validUntil
	CheckStatus     = "status"     // it was not revoked
	CheckSchema     = "schema"     // its content has the shape that it claims
	CheckResources  = "resources"  // what it relates to is what the issuer meant
	CheckLog        = "log"        // it is in the issuer's log
	CheckHolder     = "holder"     // who shows it is whom it was issued to
	CheckDisclosure = "disclosure" // what of it is shown, where somebody could choose
	CheckScope      = "scope"      // what an issuer says that it can read is proven
)

// Check is one row of a report.
type Check struct {
	Name     string
	Outcome  Outcome
	Required bool // by the policy
	Detail   string
	AsOf     time.Time     // zero, or the time of the knowledge that was used
	StaleBy  time.Duration // by how much that knowledge is too old
}

// Report is what a verification found.
type Report struct {
	Checks []Check
	// Credentials are the reports about the credentials of a presentation, in
	// its order.
	Credentials []*Report

	now time.Time
	// One of the two is set, unless the document could not be read at all.
	unverified   *credential.Unverified
	presentation *credential.Presentation
}

// Verdict is VerdictAccepted only if each check that the policy requires is
// established, and none was refused; in a presentation, for every credential
// too. A report without checks accepts nothing.
func (r *Report) Verdict() Verdict {
	order := []Verdict{VerdictAccepted, VerdictStale, VerdictNotEstablished, VerdictRefused}
	worst := r.own()
	for _, one := range r.Credentials {
		if verdict := one.Verdict(); slices.Index(order, verdict) > slices.Index(order, worst) {
			worst = verdict
		}
	}
	return worst
}

// own is the verdict without that about the credentials of a presentation.
func (r *Report) own() Verdict {
	verdict := VerdictAccepted
	if len(r.Checks) == 0 {
		verdict = VerdictNotEstablished
	}
	for _, c := range r.Checks {
		switch {
		case c.Outcome == Refused:
			return VerdictRefused
		case !c.Required || c.Outcome == Established:
		case c.Outcome == Stale && verdict != VerdictNotEstablished:
			verdict = VerdictStale
		case c.Outcome != Stale:
			verdict = VerdictNotEstablished
		}
	}
	return verdict
}

// Check returns the row called name.
func (r *Report) Check(name string) Check {
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	return Check{Name: name, Outcome: NotEstablished}
}

// Unverified returns the credential as it was read, or nil if it could not be
// read. Nobody vouches for what it says.
func (r *Report) Unverified() *credential.Unverified { return r.unverified }

// Presentation returns the presentation as it was read, or nil if it was a
// credential or could not be read. Nobody vouches for what it says.
func (r *Report) Presentation() *credential.Presentation { return r.presentation }

// Presented returns the credentials of a presentation if the verdict is
// accepted, else nil.
func (r *Report) Presented() []*Verified {
	if r.presentation == nil || r.Verdict() != VerdictAccepted {
		return nil
	}
	all := make([]*Verified, len(r.Credentials))
	for i, one := range r.Credentials {
		all[i] = one.Verified()
	}
	return all
}

// Verified returns the credential if the verdict is accepted, else nil.
func (r *Report) Verified() *Verified {
	if r.unverified == nil || r.Verdict() != VerdictAccepted {
		return nil
	}
	return &Verified{r.unverified}
}

// Verified is a credential that a policy accepted. Only a [Report] makes one.
type Verified struct{ credential *credential.Unverified }

// ID returns the credential's identifier, or "".
func (v *Verified) ID() string { return v.credential.ID }

// Issuer returns the identifier of the issuer.
func (v *Verified) Issuer() string { return v.credential.Issuer }

// Types returns the credential's types.
func (v *Verified) Types() []string { return v.credential.Types }

// Subjects returns what the credential says about each of its subjects.
func (v *Verified) Subjects() []map[string]any { return v.credential.Subjects }
