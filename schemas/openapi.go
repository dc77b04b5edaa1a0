package schemas

import _ "embed"

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the description of what relying parties can ask an issuer, by
// OpenAPI 3.1.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }
