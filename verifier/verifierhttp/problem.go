package verifierhttp

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// Problem is one problem (RFC 9457, section 3.1).
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// problemType is a type of problem with its title.
type problemType struct{ url, title string }

// Where the types of problem are defined: Data Model 2.0, section 7.2; Data
// Integrity 1.0, "Processing Errors"; Bitstring Status List 1.0, section 3.5.
const (
	ofDataModel  = "https://www.w3.org/TR/vc-data-model#"
	ofProofs     = "https://w3id.org/security#"
	ofStatusList = "https://www.w3.org/ns/credentials/status-list#"
)

var (
	parsing        = problemType{ofDataModel + "PARSING_ERROR", "The input could not be parsed"}
	malformed      = problemType{ofDataModel + "MALFORMED_VALUE_ERROR", "A value is malformed"}
	outOfRange     = problemType{ofDataModel + "RANGE_ERROR", "It is not within its dates"}
	security       = problemType{ofDataModel + "CRYPTOGRAPHIC_SECURITY_ERROR", "It is not shown to come from whom it should"}
	verification   = problemType{ofProofs + "PROOF_VERIFICATION_ERROR", "The proof could not be verified"}
	transformation = problemType{ofProofs + "PROOF_TRANSFORMATION_ERROR", "The document could not be brought into the form that is signed"}
	invalidDomain  = problemType{ofProofs + "INVALID_DOMAIN_ERROR", "The proof was made for another domain"}
	invalidAnswer  = problemType{ofProofs + "INVALID_CHALLENGE_ERROR", "The proof answers another challenge"}
	noStatus       = problemType{ofStatusList + "STATUS_RETRIEVAL_ERROR", "The status could not be had"}
	badStatus      = problemType{ofStatusList + "STATUS_VERIFICATION_ERROR", "The status speaks against it"}
)

func (t problemType) problem(status int, detail string) Problem {
	return Problem{Type: t.url, Title: t.title, Status: status, Detail: detail}
}

// ofRequest returns the problem with a request that could not be read.
func ofRequest(err error) Problem {
	if errors.Is(err, errParsing) {
		return parsing.problem(http.StatusBadRequest, err.Error())
	}
	return malformed.problem(http.StatusBadRequest, err.Error())
}

// problemsOf returns what keeps a report from being a yes to the request,
// refusals first.
func problemsOf(r *request, report *verifier.Report) []Problem {
	var refusals, others []Problem
	for i, one := range append([]*verifier.Report{report}, report.Credentials...) {
		for _, check := range one.Checks {
			wanted := check.Required || slices.Contains(r.checks, check.Name)
			switch {
			case check.Outcome == verifier.Refused:
				refusals = append(refusals, r.problem(i, check))
			case wanted && check.Outcome != verifier.Established:
				others = append(others, r.problem(i, check))
			}
		}
	}
	return append(refusals, others...)
}

// problem returns the problem that a row of a report stands for: the report
// about the document if number is 0, else about a credential in it.
func (r *request) problem(number int, check verifier.Check) Problem {
	t, status := typeOf(check), http.StatusUnprocessableEntity
	if t == verification && number == 0 {
		t, status = r.proofProblem(check)
	}
	detail := check.Name + ": " + check.Detail
	if number > 0 {
		detail = fmt.Sprintf("credential %d: %s", number, detail)
	}
	if check.Outcome == verifier.Stale {
		detail += fmt.Sprintf("; what is known is %s too old: give the verifier a newer bundle", verifier.Span(check.StaleBy))
	}
	return t.problem(status, detail)
}

func typeOf(check verifier.Check) problemType {
	switch check.Name {
	case verifier.CheckModel, verifier.CheckSchema, verifier.CheckResources:
		return malformed
	case verifier.CheckProof:
		return verification
	case verifier.CheckValidity:
		return outOfRange
	case verifier.CheckStatus:
		if check.Outcome == verifier.Refused {
			return badStatus
		}
		return noStatus
	}
	return security
}

// proofProblem looks at the document for why its proof was not good enough. A
// cryptosuite that is not allowed makes the request one that cannot be dealt
// with here, whatever the document is worth.
func (r *request) proofProblem(check verifier.Check) (problemType, int) {
	if strings.HasPrefix(check.Detail, proof.ErrSuite.Error()) {
		return transformation, http.StatusBadRequest
	}
	_, proofs, err := proof.Split(r.document)
	if err != nil {
		return verification, http.StatusUnprocessableEntity
	}
	for _, p := range proofs {
		if r.domain != "" && !slices.Contains(p.Domains, r.domain) {
			return invalidDomain, http.StatusUnprocessableEntity
		}
		if r.challenge != "" && p.Challenge != r.challenge {
			return invalidAnswer, http.StatusUnprocessableEntity
		}
	}
	return verification, http.StatusUnprocessableEntity
}
