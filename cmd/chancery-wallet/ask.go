package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/wallet/oid4vci"
)

var errDeclined = errors.New("you declined the offer; nothing was sent")

// agree asks the holder a question; declined is the error if the answer is not
// yes.
func (e *env) agree(question string, declined error) error {
	if !e.interactive {
		return errors.New("nobody is there to agree: give --yes, or run it in a terminal")
	}
	answer, err := e.ask(question)
	if err != nil {
		return err
	}
	if answer := strings.ToLower(answer); answer != "y" && answer != "yes" {
		return declined
	}
	return nil
}

// askTxCode asks for the transaction code that needed describes.
func (e *env) askTxCode(needed *oid4vci.TxCode) (string, error) {
	if !e.interactive {
		return "", fmt.Errorf("the offer needs a transaction code of %s: give it with --tx-code", needed)
	}
	question := fmt.Sprintf("Transaction code (%s):", needed)
	if needed.Description != "" {
		question = fmt.Sprintf("Transaction code (%s; the issuer says: %s):", needed, needed.Description)
	}
	return e.ask(question)
}

// ask returns one line of what is typed.
func (e *env) ask(question string) (string, error) {
	if _, err := fmt.Fprint(e.stderr, verifier.Printable(question), " "); err != nil {
		return "", err
	}
	line, err := e.stdin.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read what you typed: %w", err)
	}
	return strings.TrimSpace(line), nil
}
