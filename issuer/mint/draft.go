package mint

import (
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/status"
)

// Draft is a credential before it is signed.
type Draft struct {
	ID         string
	Context    string // beside the base context; empty for none
	Type       string // beside VerifiableCredential
	Name       string // empty for none
	ValidFrom  time.Time
	ValidUntil time.Time
	Subject    string // its identifier; empty for none
	SubjectIs  string // the subject's own type; empty for none
	Claims     []claims.Claim
	Status     *Status // nil for none
}

// StatusList describes the credential of a list of revocations, as a draft.
func StatusList(url, encoded string, from, until time.Time) Draft {
	return Draft{
		ID: url, Type: status.TypeCredential, ValidFrom: from, ValidUntil: until,
		Subject: url + "#list", SubjectIs: status.TypeList,
		Claims: []claims.Claim{{Name: "statusPurpose", Value: status.Revocation}, {Name: "encodedList", Value: encoded}},
	}
}

// Status is where the revocation of a credential will be found.
type Status struct {
	List  string // URL of the list
	Index int
}

// ID returns what identifies the entry.
func (s *Status) ID() string { return s.List + "#" + strconv.Itoa(s.Index) }

// wire: Bitstring Status List 1.0, section 2.1.
func (s *Status) wire() *wireStatus {
	return &wireStatus{
		ID: s.ID(), Type: credential.TypeBitstringEntry,
		Purpose: status.Revocation, Index: strconv.Itoa(s.Index), List: s.List,
	}
}

type wire struct {
	Context    []string       `json:"@context"`
	ID         string         `json:"id"`
	Type       []string       `json:"type"`
	Name       string         `json:"name,omitzero"`
	Issuer     string         `json:"issuer"`
	ValidFrom  string         `json:"validFrom"`
	ValidUntil string         `json:"validUntil"`
	Subject    jsontext.Value `json:"credentialSubject"`
	Status     *wireStatus    `json:"credentialStatus,omitzero"`
}

type wireStatus struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Purpose string `json:"statusPurpose"`
	Index   string `json:"statusListIndex"`
	List    string `json:"statusListCredential"`
}

func (d Draft) encode(issuer string) ([]byte, error) {
	w := wire{
		Context: []string{schemas.CredentialsV2}, ID: d.ID, Type: []string{credential.TypeCredential, d.Type}, Name: d.Name,
		Issuer: issuer, ValidFrom: credential.FormatTime(d.ValidFrom), ValidUntil: credential.FormatTime(d.ValidUntil),
	}
	if d.Context != "" {
		w.Context = append(w.Context, d.Context)
	}
	if d.Status != nil {
		w.Status = d.Status.wire()
	}
	var err error
	if w.Subject, err = d.subject(); err != nil {
		return nil, fmt.Errorf("credentialSubject: %w", err)
	}
	return json.Marshal(w)
}

// subject writes the members in their order, which a map would lose.
func (d Draft) subject() (jsontext.Value, error) {
	members := d.Claims
	if d.SubjectIs != "" {
		members = append([]claims.Claim{{Name: "type", Value: d.SubjectIs}}, members...)
	}
	if d.Subject != "" {
		members = append([]claims.Claim{{Name: "id", Value: d.Subject}}, members...)
	}
	out := jsontext.Value{'{'}
	for i, member := range members {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := json.Marshal(member.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(member.Value)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}
