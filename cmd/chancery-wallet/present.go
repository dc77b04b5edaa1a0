package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chancery-vc/chancery/wallet"
)

var errNotPresented = errors.New("you did not agree; nothing was written")

type presentCommand struct {
	IDs       []string `arg:"" name:"id" help:"The credentials' ids, or the starts or ends of them."`
	Domain    string   `required:"" help:"For whom it is, as the verifier says: mostly its host name."`
	Challenge string   `required:"" help:"What the verifier gave you for this once."`
	Show      []string `sep:"none" placeholder:"POINTER" help:"What to show of credentials of which a part can be shown: a JSON pointer. May be given again."`
	Out       string   `required:"" type:"path" placeholder:"FILE" help:"Write to this new file, or - for the standard output."`
	Yes       bool     `help:"Present without being asked."`
}

// Help returns what --help shows below the flags' summary.
func (presentCommand) Help() string {
	return `Show what a verifier will see of one credential or more and, after you agreed, write a
presentation of them that you signed, for that verifier and this once. Of an SD-JWT VC,
which is presented alone, that is the SD-JWT with a key binding.

Example:

  chancery-wallet present 3f9c02d1 --show /credentialSubject/birthDate \
    --domain bank.example --challenge 8d1f6a90 --out presentation.json`
}

// Run makes the presentation.
func (p *presentCommand) Run(e *env) error {
	ctx := context.Background()
	w, err := wallet.Open(e.dir)
	if err != nil {
		return err
	}
	shown, entries, err := p.choose(ctx, w)
	if err != nil {
		return err
	}
	presentation, err := w.Present(ctx, wallet.Occasion{Domain: p.Domain, Challenge: p.Challenge, Now: e.now()}, shown)
	if err != nil {
		return err
	}
	if err := p.confirm(e, w, shown); err != nil {
		return err
	}
	if err := e.place(p.Out, presentation); err != nil {
		return err
	}
	return e.placeReceipts(p.Out, entries)
}

// choose returns what is shown of each credential, and the credentials. Of one
// with a base proof it is what was named, and never all.
func (p *presentCommand) choose(ctx context.Context, w *wallet.Wallet) (shown []wallet.Shown, entries []wallet.Entry, err error) {
	entries = make([]wallet.Entry, len(p.IDs))
	for i, id := range p.IDs {
		if entries[i], err = w.Get(id); err != nil {
			return nil, nil, err
		}
	}
	if len(p.Show) > 0 && !slices.ContainsFunc(entries, wallet.Entry.Selective) {
		return nil, nil, fmt.Errorf("%w: leave out --show, or choose another credential", wallet.ErrWhole)
	}
	shown = make([]wallet.Shown, len(entries))
	for i, entry := range entries {
		if len(p.Show) > 0 && entry.Selective() {
			shown[i], err = entry.Derive(ctx, p.Show)
		} else {
			shown[i], err = entry.Whole()
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p.IDs[i], err)
		}
	}
	return shown, entries, nil
}

// confirm shows what will be seen, by whom and of whom.
func (p *presentCommand) confirm(e *env, w *wallet.Wallet, shown []wallet.Shown) error {
	if err := writeRows(e.stderr, "", []row{{"For", p.Domain}, {"challenge", p.Challenge}, {"from", w.DID()}}); err != nil {
		return err
	}
	for _, one := range shown {
		if err := writeShown(e.stderr, one); err != nil {
			return err
		}
	}
	if p.Yes {
		return nil
	}
	return e.agree("Show this? [y/N]", errNotPresented)
}
