package main

import (
	"crypto/rand"
	"fmt"

	"github.com/chancery-vc/chancery/issuer/access"
)

type tokenCommand struct{}

func (tokenCommand) Help() string {
	return "The token goes to standard output, for the caller; it is kept nowhere. The line for the caller\nunder vc_api or consult in the configuration goes to standard error.\n\nExample:\n  chancery token > civil-office.token"
}

func (tokenCommand) Run(s streams) error {
	token, digest, err := access.NewToken(rand.Reader)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, token)
	fmt.Fprintln(s.err, "token_sha256: "+digest)
	return nil
}
