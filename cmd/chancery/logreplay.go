package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/audit"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
	statuslist "github.com/chancery-vc/chancery/verifier/status"
)

type logReplayCommand struct {
	logFile
	At         string  `xor:"what" required:"" placeholder:"TIME" help:"Rebuild what was known then: 2026-07-01, which is its first moment, or 2026-07-01T12:00:00Z."`
	Size       uint64  `xor:"what" required:"" placeholder:"N" help:"Rebuild what was known when the log had so many records."`
	Question   *uint64 `xor:"what" required:"" placeholder:"N" help:"Reconstruct the question in this record, and ask it again if there is what to ask with."`
	Out        string  `placeholder:"FOLDER" help:"New folder to write what was known to, with the configuration."`
	Source     string  `placeholder:"FILE" help:"Source as it was, an SQLite file or a CSV file, to ask the question again of."`
	Key        string  `help:"Key of the record in the source that the question was about."`
	Answer     string  `placeholder:"FILE" help:"Answer that left, as somebody kept it, to compare with the log and with what is found now."`
	Pseudonyms string  `placeholder:"FOLDER" help:"Folder with the keys of the log's pseudonyms. Default: the configured state folder."`
	JSON       bool    `name:"json" help:"Print for a program."`
}

func (logReplayCommand) Help() string {
	return "With --at or --size: which credentials were live, which status lists, keys, grants, configuration,\nscopes and anchored checkpoints there were. With --out they are written as files, each credential by\nname.\n\nWith --question: what was asked, when, by whom, under which configuration, and what was answered. With\nthe key of the record and the source as it was, it is asked again under that configuration. An answer\nhas a random identifier and, if it is a credential, its holder's name, so that its bytes cannot be made\nagain: compared are the outcome, the reason, what is disclosed, and, with the answer that somebody kept,\nits digest and each thing that it says. Exit code 1 says that something differs.\n\nExamples:\n  chancery log replay --at 2026-07-01T12:00:00Z --out then\n  chancery log replay --question 4711\n  chancery log replay --question 4711 --source births-july.db --key 2019-000042 --answer kept.jwt"
}

func (c logReplayCommand) Run(ctx context.Context, s streams) error {
	if c.Question != nil {
		return c.replayQuestion(ctx, s)
	}
	if c.Source != "" || c.Key != "" || c.Answer != "" {
		return errors.New("--source, --key and --answer are for --question")
	}
	moment := audit.Moment{Size: c.Size}
	if c.At != "" {
		at, err := parseTime("--at", c.At)
		if err != nil {
			return err
		}
		moment.Time = at
	}
	var past audit.Past
	err := c.read(ctx, func(tx *store.Tx) (err error) {
		past, err = c.past(ctx, tx, moment)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		err = writeJSON(s.out, past)
	} else {
		err = writePast(s.out, past)
	}
	if err == nil && len(past.Findings) > 0 {
		err = no("the log is not whole up to then: " + past.Findings[0].String() + "; see chancery log verify")
	}
	return err
}

// past rebuilds what was known, and writes it as files if that is asked for.
func (c logReplayCommand) past(ctx context.Context, tx *store.Tx, moment audit.Moment) (audit.Past, error) {
	log, err := c.opened(tx)
	if err != nil {
		return audit.Past{}, err
	}
	if c.Out == "" {
		return audit.At(ctx, tx, log.archive, moment, func(audit.PastCredential) error { return nil })
	}
	if err := os.Mkdir(c.Out, 0o700); err != nil {
		return audit.Past{}, fmt.Errorf("--out must be a new folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(c.Out, "credentials.ndjson"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return audit.Past{}, err
	}
	buffered := bufio.NewWriter(file)
	past, err := audit.At(ctx, tx, log.archive, moment, func(p audit.PastCredential) error { return writeLine(buffered, p) })
	if err := errors.Join(err, buffered.Flush(), file.Close()); err != nil {
		return past, err
	}
	return past, errors.Join(c.writeLists(past), c.writePastFile(past), c.writeConfiguration(past.Configuration))
}

// pastStatusList is a list as a status list credential has it (Bitstring
// Status List 1.0, section 2.2), which only the issuer could sign.
type pastStatusList struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Purpose string `json:"statusPurpose"`
	Encoded string `json:"encodedList"`
}

func (c logReplayCommand) writeLists(past audit.Past) error {
	folder := filepath.Join(c.Out, "status")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	for _, list := range past.Lists {
		data, err := json.Marshal(pastStatusList{list.URL, statuslist.TypeList, statuslist.Revocation, list.Encoded})
		if err != nil {
			return err
		}
		// The name is the number that the URL ends with: audit takes no other.
		if err := os.WriteFile(filepath.Join(folder, path.Base(list.URL)), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (c logReplayCommand) writePastFile(past audit.Past) error {
	data, err := json.Marshal(past, json.Deterministic(true))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.Out, "known.json"), data, 0o600)
}

// writeConfiguration writes the configuration that was in force, if it was
// kept.
func (c logReplayCommand) writeConfiguration(digest string) error {
	text, err := c.configurationText(digest)
	if errors.Is(err, issuer.ErrConfiguration) {
		return nil // the digest says which one to ask the operator for
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.Out, "configuration.yaml"), text, 0o600)
}

// configurationText looks beside the state file.
func (c logReplayCommand) configurationText(digest string) ([]byte, error) {
	folder := filepath.Dir(c.State)
	if c.State == "" {
		loaded, err := c.load()
		if err != nil {
			return nil, err
		}
		folder = loaded.Path(loaded.State)
	}
	return issuer.ConfigurationText(filepath.Join(folder, issuer.ConfigurationFolder), digest)
}

// writePast says in sentences what was known.
func writePast(w io.Writer, p audit.Past) error {
	var b strings.Builder
	fmt.Fprintf(&b, "At %s the log had %d records.\n", credential.FormatTime(p.Time), p.Records)
	if p.Sealed > 0 {
		fmt.Fprintf(&b, "The records before %d were sealed and are left out; name the folder of the segments with --sealed.\n", p.Sealed)
	}
	if p.Configuration != "" {
		fmt.Fprintf(&b, "The issuer was %s, under the configuration with the SHA-256 %s.\n", p.Issuer, p.Configuration)
	}
	fmt.Fprintf(&b, "Credentials: %d live, %d revoked, %d expired. Questions without an end: %d.\n", p.Live, p.Revoked, p.Expired, p.Open)
	for _, list := range p.Lists {
		fmt.Fprintf(&b, "Status list %s: %d bits set.\n", list.URL, list.Revoked)
	}
	for _, profile := range slices.Sorted(maps.Keys(p.Offers)) {
		fmt.Fprintf(&b, "Offers of %s to holders: %d.\n", profile, p.Offers[profile])
	}
	for _, name := range slices.Sorted(maps.Keys(p.Grants)) {
		g := p.Grants[name]
		fmt.Fprintf(&b, "Grant %s: %d questions, the first in record %d, the last in record %d.\n", name, g.Questions, g.First, g.Last)
	}
	writePastRecords(&b, p)
	for line := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\n"), "\n") {
		if _, err := fmt.Fprintln(w, verifier.Printable(line)); err != nil {
			return err
		}
	}
	return nil
}

func writePastRecords(b *strings.Builder, p audit.Past) {
	for _, r := range p.Keys {
		fmt.Fprintf(b, "Key %s: %s, at %s, in record %d.\n", r.Key, r.Status, r.Time, r.Sequence)
	}
	for _, r := range p.Scopes {
		fmt.Fprintf(b, "Source %s was last found %s at %s, in record %d.\n", r.Source, r.Status, r.Time, r.Sequence)
	}
	for _, r := range p.Anchors {
		size := "an unknown number of"
		if r.Size != nil {
			size = strconv.FormatUint(*r.Size, 10)
		}
		fmt.Fprintf(b, "Anchor %s last kept a checkpoint of %s records, at %s, in record %d.\n", r.Anchor, size, r.Time, r.Sequence)
	}
}

// took is how long a question took, by the log.
func took(asked logproof.Record, end *logproof.Record) (time.Duration, bool) {
	if end == nil {
		return 0, false
	}
	from, err := time.Parse(time.RFC3339, asked.Time)
	if err != nil {
		return 0, false
	}
	to, err := time.Parse(time.RFC3339, end.Time)
	return to.Sub(from), err == nil
}
