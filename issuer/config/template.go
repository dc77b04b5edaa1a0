package config

import (
	_ "embed"
	"strings"
	"text/template"
)

//go:embed chancery.yaml.tmpl
var templateText string

// Start is what `chancery init` knows of a new issuer.
type Start struct {
	URL        string
	Listen     string
	DIDKey     bool // name the issuer by its signing key
	SelfSigned bool // a certificate was made in the folder tls
	Selective  bool // a second key was made, for credentials that are shown in part
}

// Template returns a commented configuration for s.
func Template(s Start) (string, error) {
	t, err := template.New("chancery.yaml").Parse(templateText)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, s)
	return b.String(), err
}
