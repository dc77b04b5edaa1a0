package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/statement"
)

type grantCommand struct {
	Mint   grantMintCommand   `cmd:"" help:"Sign a grant for a partner, for minutes to hours."`
	List   grantListCommand   `cmd:"" help:"List the grants that hold or ended lately, and what was used of them."`
	Show   grantShowCommand   `cmd:"" help:"Tell what a grant in a file says."`
	Revoke grantRevokeCommand `cmd:"" help:"Revoke a grant, at once."`
}

func (grantCommand) Help() string {
	return "A partner is in no configuration: it has a grant, which ends by itself, and a key that the grant is\nbound to. What can be granted stands under partners in the configuration.\n\nExample:\n  chancery grant list"
}

type grantMintCommand struct {
	configured
	To          string          `required:"" help:"What answers call the partner, after partner:." placeholder:"NAME"`
	Key         string          `help:"File with the partner's public key, a JWK." placeholder:"FILE" xor:"key" required:""`
	Thumbprint  string          `help:"Or the SHA-256 thumbprint of that key." xor:"key" required:""`
	Purposes    []string        `name:"purpose" required:"" help:"What the partner may ask for." placeholder:"PURPOSE"`
	Facts       []string        `help:"Facts that it may ask for." placeholder:"NAME"`
	Statuses    []string        `help:"Statuses that it may ask for." placeholder:"NAME"`
	Credentials []string        `help:"Profiles of credentials that it may ask for." placeholder:"NAME"`
	KeysFile    string          `help:"File with the keys of the records that it is for, one a line; - for standard input." placeholder:"FILE"`
	Count       int             `help:"Or how many different records it is for, whichever they are."`
	For         config.Duration `required:"" help:"How long it holds, such as 30m or 2h." placeholder:"TIME"`
	From        time.Time       `help:"When it begins, by RFC 3339. Default: now." placeholder:"TIME"`
	Out         string          `short:"o" type:"path" required:"" placeholder:"FILE" help:"Write it to this new file, and its receipt beside it."`
}

func (grantMintCommand) Help() string {
	return "Signs a grant, logs it, and writes it to a file for the partner, who makes the key with\n`chancery proxy keygen`. Without that key the file is of no use to anybody. It holds no key of a record:\nthey stand in it as digests.\n\nExamples:\n  chancery grant mint --to registrar-b --key registrar-b.jwk --purpose transfer --facts transferable \\\n      --keys-file domains.txt --for 2h --out registrar-b.grant\n  chancery grant mint --to school --thumbprint 0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I \\\n      --purpose enrolment --facts of-age --count 50 --for 30m --out school.grant"
}

func (c grantMintCommand) Run(ctx context.Context, s streams) error {
	terms, err := c.terms(s.in)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.Out); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w: move it away, or name another file", c.Out, errors.Join(err, fs.ErrExist))
	}
	return with(ctx, s, c.configured, func(o operator) error {
		answer, err := o.MintGrant(ctx, terms)
		if err != nil {
			return err
		}
		err = durable.Place(c.Out, answer.Bytes, 0o600, durable.RenameNew)
		if err == nil && answer.Receipt != nil {
			err = durable.Place(c.Out+".receipt", answer.Receipt, 0o644, durable.RenameNew)
		}
		if err != nil {
			return fmt.Errorf("the grant %s was signed, and could not be written: revoke it. %w", answer.Credential, err)
		}
		return describeGrant(s.out, answer.Bytes)
	})
}

func (c grantMintCommand) terms(stdin io.Reader) (t issuer.PartnerTerms, err error) {
	t = issuer.PartnerTerms{
		Partner: c.To, Thumbprint: c.Thumbprint, Purposes: c.Purposes, Facts: c.Facts, Statuses: c.Statuses, Credentials: c.Credentials, Count: c.Count, From: c.From,
	}
	if t.From.IsZero() {
		t.From = time.Now()
	}
	t.Until = t.From.Add(c.For.Std())
	if c.Key != "" {
		data, err := os.ReadFile(c.Key)
		if err != nil {
			return t, fmt.Errorf("--key: %w", err)
		}
		if t.Thumbprint, err = access.Thumbprint(data); err != nil {
			return t, fmt.Errorf("--key: %s: %w", c.Key, err)
		}
	}
	if c.KeysFile != "" {
		t.Keys, err = readLines(c.KeysFile, stdin)
	}
	return t, err
}

// describeGrant tells what a grant says.
func describeGrant(w io.Writer, token []byte) error {
	u, err := statement.Peek(token)
	if err != nil {
		return err
	}
	if u.Type != statement.TypeGrant {
		return fmt.Errorf("it is no grant: its type is %s", u.Type)
	}
	s := u.Statement
	fmt.Fprintln(w, s.ID)
	field(w, "for", s.Subject)
	field(w, "to ask", s.Audience)
	field(w, "purposes", strings.Join(s.Grant.Purposes, ", "))
	for _, list := range []struct {
		of    string
		names []string
	}{{"facts", s.Grant.Facts}, {"statuses", s.Grant.Statuses}, {"credentials", s.Grant.Credentials}} {
		if len(list.names) > 0 {
			field(w, list.of, strings.Join(list.names, ", "))
		}
	}
	records := fmt.Sprintf("any %d", s.Grant.Count)
	if len(s.Grant.Keys) > 0 {
		records = fmt.Sprintf("%d, named by digests", s.Grant.Count)
	}
	field(w, "records", records)
	field(w, "holds", credential.FormatTime(s.BeginsAt())+" to "+credential.FormatTime(s.ExpiresAt()))
	field(w, "with the key", s.Confirmation.Thumbprint)
	return nil
}

type grantListCommand struct{ configured }

func (grantListCommand) Help() string {
	return "Lists what was signed here; of an issuer of several replicas, each lists its own. One that ended is\nlisted for 7 days.\n\nExample:\n  chancery grant list"
}

func (c grantListCommand) Run(ctx context.Context, s streams) error {
	return with(ctx, s, c.configured, func(o operator) error {
		infos, err := o.SignedGrants(ctx)
		if err != nil {
			return err
		}
		for _, info := range infos {
			if err := describeGrant(s.out, []byte(info.Token)); err != nil {
				return err
			}
			field(s.out, "state", grantState(info))
		}
		if len(infos) == 0 {
			return no("no grant holds, or ended lately")
		}
		return nil
	})
}

func grantState(info issuer.GrantInfo) string {
	switch {
	case info.Ended:
		return "ended"
	case !info.Revoked.IsZero():
		return fmt.Sprintf("revoked at %s, after %d records", credential.FormatTime(info.Revoked), info.Used)
	}
	return fmt.Sprintf("records asked about: %d", info.Used)
}

type grantShowCommand struct {
	File string `arg:"" help:"The grant."`
}

func (grantShowCommand) Help() string {
	return "Reads the file and nothing else: whether the grant was revoked, chancery grant list tells at the\nissuer. That it was signed by whom it says, chancery-verifier verify tells.\n\nExample:\n  chancery grant show registrar-b.grant"
}

func (c grantShowCommand) Run(s streams) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	if err := describeGrant(s.out, data); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return nil
}

type grantRevokeCommand struct {
	configured
	ID string `arg:"" help:"Identifier of the grant, urn:uuid:..., as chancery grant list has it."`
}

func (grantRevokeCommand) Help() string {
	return "The very next question under the grant gets no answer, at any replica. Answers that were given stay\ngood until they expire. There is no way back: sign another grant.\n\nExample:\n  chancery grant revoke urn:uuid:0f6b9a5e-6c7f-4a57-9c89-3a4f1f6b1c55"
}

func (c grantRevokeCommand) Run(ctx context.Context, s streams) error {
	return with(ctx, s, c.configured, func(o operator) error {
		if err := o.RevokeGrant(ctx, c.ID); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s is revoked.\n", c.ID)
		return nil
	})
}
