package verifier

import (
	"errors"
	"fmt"
	"slices"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/resource"
	"github.com/chancery-vc/chancery/verifier/schema"
)

// checkSchema: Data Model 2.0, section 4.11. Every schema counts; one that is
// not at hand, or of another type than JsonSchema, establishes nothing.
func (v *Verifier) checkSchema(u *credential.Unverified) Check {
	check := Check{Name: CheckSchema, Outcome: NotEstablished, Required: v.policy.requires(CheckSchema), Detail: "it names no schema"}
	for i, entry := range u.Schemas {
		next := v.checkEntrySchema(u, entry)
		if i == 0 || worse(next.Outcome, check.Outcome) {
			check.Outcome, check.Detail = next.Outcome, next.Detail
		}
	}
	return check
}

func (v *Verifier) checkEntrySchema(u *credential.Unverified, entry credential.SchemaEntry) Check {
	switch {
	case !slices.Contains(entry.Types, schema.Type):
		return Check{Outcome: NotEstablished, Detail: fmt.Sprintf("a schema of type %.80q cannot be judged", entry.Types[0])}
	case v.policy.Schemas == nil:
		return Check{Outcome: NotEstablished, Detail: fmt.Sprintf("the schema %.200s was not given", entry.ID)}
	}
	named := schema.Entry{ID: entry.ID, DigestSRI: entry.DigestSRI, DigestMultibase: entry.DigestMultibase}
	switch err := v.policy.Schemas.Validate(named, u.Bytes()); {
	case err == nil:
		return Check{Outcome: Established, Detail: "it has the shape that " + entry.ID + " gives"}
	case errors.Is(err, schema.ErrUnknown) || errors.Is(err, schema.ErrLimit):
		return Check{Outcome: NotEstablished, Detail: err.Error()}
	default:
		return Check{Outcome: Refused, Detail: err.Error()}
	}
}

// checkResources: Data Model 2.0, section 5.3.
func (v *Verifier) checkResources(u *credential.Unverified) Check {
	check := Check{Name: CheckResources, Outcome: NotEstablished, Required: v.policy.requires(CheckResources), Detail: "it relates to no resources"}
	for i, related := range u.Related {
		next := v.checkResource(u, related)
		if i == 0 || worse(next.Outcome, check.Outcome) {
			check.Outcome, check.Detail = next.Outcome, next.Detail
		}
	}
	return check
}

func (v *Verifier) checkResource(u *credential.Unverified, related credential.Related) Check {
	versions := slices.Clone(v.policy.Resources[related.ID])
	if context := v.knowledge.contextsOf(u.Issuer).JSON(related.ID); context != nil {
		versions = append(versions, context)
	}
	if err := resource.Check(versions, related.DigestSRI, related.DigestMultibase); err != nil {
		if errors.Is(err, resource.ErrDigest) && len(versions) == 0 {
			return Check{Outcome: NotEstablished, Detail: fmt.Sprintf("the resource %.200s was not given", related.ID)}
		}
		return Check{Outcome: Refused, Detail: fmt.Sprintf("%.200s: %v", related.ID, err)}
	}
	return Check{Outcome: Established, Detail: "each is the one that the issuer meant"}
}
