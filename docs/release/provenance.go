package main

import (
	"crypto"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	statementType  = "https://in-toto.io/Statement/v1"
	predicateType  = "https://slsa.dev/provenance/v1"
	payloadType    = "application/vnd.in-toto+json"
	buildType      = "https://github.com/chancery-vc/chancery/blob/main/docs/release.md"
	repository     = "git+https://github.com/chancery-vc/chancery"
	builder        = "https://github.com/chancery-vc/chancery/tree/main/docs/release"
	provenanceFile = "provenance.intoto.json"
)

type object = map[string]any

// provenance says how the files were built: SLSA provenance 1.0, section
// "Schema".
func (r *release) provenance(digests map[string]string) ([]byte, error) {
	var subjects []object
	for _, file := range r.builds.files {
		subjects = append(subjects, object{"name": file.name, "digest": object{"sha256": digests[file.name]}})
	}
	payload, err := json.Marshal(object{
		"_type": statementType, "subject": subjects, "predicateType": predicateType,
		"predicate": object{
			"buildDefinition": object{
				"buildType":            buildType,
				"externalParameters":   object{"version": r.builds.version},
				"internalParameters":   object{"go": r.builds.goVersion, "flags": "-trimpath -buildvcs=true", "CGO_ENABLED": "0"},
				"resolvedDependencies": []object{{"uri": repository, "digest": object{"gitCommit": r.builds.commit}}},
			},
			"runDetails": object{
				"builder":  object{"id": builder},
				"metadata": object{"finishedOn": r.made.UTC().Format(time.RFC3339)},
			},
		},
	}, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	return r.envelope(payload)
}

// envelope signs payload: DSSE 1.0, "Envelope".
func (r *release) envelope(payload []byte) ([]byte, error) {
	signature, err := r.signer.Sign(nil, preAuthentication(payload), crypto.Hash(0))
	if err != nil {
		return nil, err
	}
	return json.Marshal(object{
		"payloadType": payloadType,
		"payload":     base64.StdEncoding.EncodeToString(payload),
		"signatures":  []object{{"keyid": r.id, "sig": base64.StdEncoding.EncodeToString(signature)}},
	}, json.Deterministic(true), jsontext.WithIndent("  "))
}

// preAuthentication is what is signed: DSSE 1.0, "Signature Definition".
func preAuthentication(payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}
