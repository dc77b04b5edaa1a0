package main

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/credential"
)

type offerCommand struct {
	configured
	Profile string `required:"" help:"Profile of the credential."`
	JSON    bool   `name:"json" help:"Print for a program."`
	Key     string `arg:"" help:"Key of the record in the register."`
}

func (offerCommand) Help() string {
	return "Prints the offer as a URI and a QR code, and the transaction code. Tell the holder the\ntransaction code on another way than the offer.\n\nExample:\n  chancery offer --profile birth 2019-000042"
}

func (c offerCommand) Run(ctx context.Context, s streams) error {
	return with(ctx, s, c.configured, func(o operator) error {
		offer, err := o.Offer(ctx, c.Profile, c.Key)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.MarshalWrite(s.out, offer)
		}
		if _, here := o.(local); here {
			fmt.Fprintln(s.err, "chancery: the issuer is not served now; start chancery serve, or no wallet can accept this offer")
		}
		code, err := qrCode(offer.URI)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s\n\n%s\n\n", code, offer.URI)
		field(s.out, "transaction code", offer.TransactionCode)
		field(s.out, "good until", credential.FormatTime(offer.Expires))
		return nil
	})
}
