package witness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const (
	pathAdd       = "/add-checkpoint"
	mediaTypeSize = "text/x.tlog.size"
	// maxAnswer caps what a witness answers.
	maxAnswer = 8 << 10
	// maxMoves is how often a witness may say that it is elsewhere.
	maxMoves = 3
)

// errElsewhere says that a witness has another checkpoint than was thought.
type errElsewhere uint64

func (e errElsewhere) Error() string { return fmt.Sprintf("it has %d records", uint64(e)) }

// submit has one witness cosign a checkpoint, from wherever it is.
func (a *Anchor) submit(ctx context.Context, p *place, checkpoint []byte, size uint64) ([]byte, error) {
	from := min(p.last(), size)
	for range maxMoves {
		line, err := a.from(ctx, p, from, checkpoint, size)
		at, moved := errors.AsType[errElsewhere](err)
		switch {
		case err == nil:
			p.moved(size)
			return line, nil
		case !moved:
			return nil, err
		case uint64(at) == from && from == size:
			return nil, a.forked(checkpoint, err)
		case uint64(at) > size:
			return nil, a.beyond(checkpoint, uint64(at))
		}
		from = uint64(at)
		p.moved(from)
	}
	return nil, fmt.Errorf("%w: it said %d times that it has another checkpoint", anchor.ErrRefused, maxMoves)
}

// from asks once.
func (a *Anchor) from(ctx context.Context, p *place, from uint64, checkpoint []byte, size uint64) ([]byte, error) {
	path, err := a.Log.Prove(from, size)
	if err != nil {
		return nil, fmt.Errorf("prove that the log goes on from %d records: %w", from, err)
	}
	answer, err := p.post(ctx, logproof.Consistency{Old: from, Path: path, Checkpoint: checkpoint}.Encode())
	if errors.Is(err, errNotContinued) {
		return nil, a.forked(checkpoint, err)
	}
	if err != nil {
		return nil, err
	}
	return a.cosignature(p, checkpoint, answer)
}

// cosignature picks the witness's own line out of its answer.
func (a *Anchor) cosignature(p *place, checkpoint, answer []byte) ([]byte, error) {
	one, err := logproof.NewWitnesses(1, p.Witness)
	if err != nil {
		return nil, err
	}
	found, err := one.Check(append(bytes.Clone(checkpoint), answer...), a.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", anchor.ErrRefused, err)
	}
	if drift := found[0].Time.Sub(a.Now()); drift.Abs() > maxDrift {
		return nil, fmt.Errorf("%w: its time is %s, this machine's %s: set the clock that is wrong", anchor.ErrRefused, found[0].Time, a.Now().UTC())
	}
	return found[0].Line, nil
}

// probe asks whether a witness knows of a longer log than the one of size
// records, or of another. A request that begins where it ends makes no witness
// go further. If it knows of a shorter one it returns the checkpoint of that, if
// the witness is one that shows it, as those of this project do.
func (a *Anchor) probe(ctx context.Context, p *place, own []byte, size uint64) ([]byte, error) {
	_, err := a.from(ctx, p, size, own, size)
	at, elsewhere := errors.AsType[errElsewhere](err)
	switch {
	case !elsewhere:
		return nil, err
	case uint64(at) > size:
		return nil, a.rolledBack(own, uint64(at))
	case uint64(at) == size:
		return nil, a.forked(own, err)
	}
	p.moved(uint64(at))
	return a.shown(ctx, p, own), nil
}

// shown returns the checkpoint that a witness has cosigned last, or nil.
func (a *Anchor) shown(ctx context.Context, p *place, own []byte) []byte {
	origin, _, _ := bytes.Cut(own, []byte("\n"))
	sum := sha256.Sum256(origin)
	address := strings.TrimSuffix(p.URL, "/") + "/" + hex.EncodeToString(sum[:]) + "/checkpoint"
	note, err := web.Get(ctx, p.Client, address, anchor.MaxCheckpointBytes)
	if err != nil {
		return nil // as of one that does not show it
	}
	if c, err := logproof.OpenCheckpoint(note, a.Key); err != nil || c.Origin != string(origin) {
		return nil
	}
	return note
}

// beyond is why a witness is further than the checkpoint it was sent: somebody
// showed it a later one, or the log was rolled back.
func (a *Anchor) beyond(checkpoint []byte, at uint64) error {
	newest, err := a.Log.Checkpoint()
	if err != nil {
		return err
	}
	head, err := anchor.Read(newest)
	if err != nil {
		return err
	}
	if at > head.Size {
		return a.rolledBack(checkpoint, at)
	}
	return fmt.Errorf("%w: it has %d records already, which is later than what it was sent; it is asked again", anchor.ErrRefused, at)
}

func (a *Anchor) rolledBack(given []byte, at uint64) error {
	return fmt.Errorf("it has cosigned %d records: %w", at, a.conflict(anchor.ErrRolledBack, given))
}

func (a *Anchor) forked(given []byte, cause error) error {
	return fmt.Errorf("%w: %w", cause, a.conflict(anchor.ErrForked, given))
}

// conflict has what is kept here as evidence, which may be less than what the
// witness has.
func (a *Anchor) conflict(kind error, given []byte) *anchor.Conflict {
	kept, _ := a.Kept() // without it the evidence is the witness's
	return &anchor.Conflict{Kind: kind, Kept: kept, Given: given}
}

func (p *place) last() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.size
}

func (p *place) moved(size uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size = size
}

// errNotContinued is a witness's word that the proof does not fit what it has.
var errNotContinued = errors.New("it says that the log does not continue what it was")

func (p *place) post(ctx context.Context, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(p.URL, "/")+pathAdd, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := p.Client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := web.ReadBody(response.Body, maxAnswer)
	if err != nil {
		return nil, err
	}
	switch response.StatusCode {
	case http.StatusOK:
		return answer, nil
	case http.StatusConflict:
		return nil, elsewhere(response.Header.Get("Content-Type"), string(answer))
	case http.StatusUnprocessableEntity:
		return nil, errNotContinued
	case http.StatusNotFound:
		return nil, fmt.Errorf("%w: %s: it does not know the log, or is not there; have its operator add the log", anchor.ErrRefused, response.Status)
	case http.StatusForbidden:
		return nil, fmt.Errorf("%w: %s: it knows the log by another key", anchor.ErrRefused, response.Status)
	default:
		return nil, fmt.Errorf("%w: %s", web.ErrStatus, response.Status)
	}
}

// elsewhere reads where a witness says that it is.
func elsewhere(mediaType, answer string) error {
	kind, _, err := mime.ParseMediaType(mediaType)
	size, numberErr := strconv.ParseUint(strings.TrimSuffix(answer, "\n"), 10, 63)
	if err != nil || kind != mediaTypeSize || numberErr != nil || strconv.FormatUint(size, 10)+"\n" != answer {
		return fmt.Errorf("%w: a conflict of which it does not say the size", anchor.ErrRefused)
	}
	return errElsewhere(size)
}
