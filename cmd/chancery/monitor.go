package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/monitor"
)

type monitorCommand struct {
	trusted
	cosigned
	URL        string        `arg:"" help:"Address of the published log, or its folder." placeholder:"URL"`
	Key        string        `required:"" help:"did:key of the issuer whose log it is."`
	Origin     string        `help:"Name of the log. Default: what its first checkpoint says."`
	Also       []string      `help:"Another place that shows the log, to be compared: address, folder, checkpoint, or the file of an anchor; may be given again." placeholder:"PLACE"`
	State      string        `help:"File that keeps what was seen. Without it nothing is remembered after the command ends." placeholder:"FILE"`
	Evidence   string        `default:"." help:"Folder for the two checkpoints of a log that showed both." placeholder:"FOLDER"`
	Every      time.Duration `default:"1m" help:"How often to look."`
	StaleAfter time.Duration `default:"24h" help:"How long the log may stay as it is, or behind another place; 0 for ever."`
	Once       bool          `help:"Look once."`
}

func (monitorCommand) Help() string {
	return "Prints a JSON object a line: each time the log has gone on, and each alarm. Alarms are unreachable,\nnot-signed, not-cosigned, stale, behind, not-served, and the three that prove what the log did,\nwhose two checkpoints are written to a file: rolled-back, forked, split-view.\n\nExit codes: 0 no alarm, 1 an alarm about the log, 2 it could not be looked at.\n\nExamples:\n  chancery monitor https://registry.example/log --key did:key:z6Mk... --state registry.json\n  chancery monitor https://registry.example/log --key did:key:z6Mk... --also https://mirror.example/log --once"
}

// roundTime is how long one look may take: a server that is slow on purpose
// holds up no comparison with others.
const roundTime = 10 * time.Minute

// minEvery is how often a log may be looked at: its checkpoint is cached.
const minEvery = time.Second

func (c monitorCommand) Run(ctx context.Context, s streams) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	if c.Every < minEvery {
		return fmt.Errorf("--every must be %s or more", minEvery)
	}
	state := &monitor.State{}
	if c.State != "" {
		if state, err = monitor.Read(c.State); err != nil {
			return err
		}
	}
	w := watching{monitorCommand: c, out: jsontext.NewEncoder(s.out), options: options, state: state}
	ticker := time.NewTicker(c.Every)
	defer ticker.Stop()
	for {
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		if c.Once || ctx.Err() != nil {
			return w.answer()
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

func (c monitorCommand) options() (o monitor.Options, err error) {
	o = monitor.Options{Origin: c.Origin, StaleAfter: c.StaleAfter, Now: time.Now}
	if o.Key, err = c.public(); err != nil {
		return o, err
	}
	if o.Witnesses, err = c.policy(); err != nil {
		return o, err
	}
	o.Log.Name = c.URL
	if o.Log.Fetch, err = c.published(c.URL); err != nil {
		return o, err
	}
	for _, name := range c.Also {
		fetch, err := c.shownAt(name)
		if err != nil {
			return o, err
		}
		o.Also = append(o.Also, monitor.Place{Name: name, Fetch: fetch})
	}
	return o, nil
}

func (c monitorCommand) public() (crypto.PublicKey, error) {
	key, err := did.KeyFrom(c.Key)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	return key, nil
}

// watching is a monitor that is at work.
type watching struct {
	monitorCommand
	out     *jsontext.Encoder
	options monitor.Options
	state   *monitor.State
	// about and away are how many alarms were about the log, and about places
	// that could not be looked at.
	about, away int
	seen        monitor.Result
}

// event is a line of what a monitor prints.
type event struct {
	Time    string `json:"time"`
	Event   string `json:"event"` // "seen" or "alarm"
	Log     string `json:"log"`
	Records uint64 `json:"records"`
	Entries uint64 `json:"entries"`
	Alarm   string `json:"alarm,omitzero"`
	Place   string `json:"place,omitzero"`
	Problem string `json:"problem,omitzero"`
	File    string `json:"evidence,omitzero"`
}

// look is one round. What it saw is kept before it is told.
func (w *watching) look(ctx context.Context) error {
	round, cancel := context.WithTimeout(ctx, roundTime)
	defer cancel()
	result, err := monitor.Round(round, w.options, w.state)
	if err != nil {
		return err
	}
	if w.State != "" {
		if err := w.state.Write(w.State); err != nil {
			return fmt.Errorf("keep what was seen: %w", err)
		}
	}
	if ctx.Err() != nil {
		return nil // it was told to stop, and what broke off tells nothing
	}
	line := event{Time: credential.FormatTime(time.Now()), Event: "seen", Log: result.Origin, Records: result.Size, Entries: result.Entries}
	if result.Size != w.seen.Size || result.Entries != w.seen.Entries || w.Once {
		if err := json.MarshalEncode(w.out, line); err != nil {
			return err
		}
	}
	w.seen = *result
	var errs []error
	for _, a := range result.Alarms {
		errs = append(errs, w.tell(line, a))
	}
	return errors.Join(errs...)
}

func (w *watching) tell(line event, a monitor.Alarm) (err error) {
	line.Event, line.Alarm, line.Place, line.Problem = "alarm", string(a.Kind), a.Place, a.Problem
	if a.Kind == monitor.Unreachable {
		w.away++
	} else {
		w.about++
	}
	if a.Proof() {
		line.File, err = a.Keep(filepath.Clean(w.Evidence))
	}
	return errors.Join(json.MarshalEncode(w.out, line), err)
}

// answer is how the command ends.
func (w *watching) answer() error {
	switch {
	case w.about > 0:
		return no("the log is not kept as it must be")
	case w.away > 0 && w.Once:
		return errors.New("not everything could be looked at")
	}
	return nil
}
