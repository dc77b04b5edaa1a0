package issuer

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Paths of what is published, below the issuer's address. All but the scope are
// below that of the replica (config.Shard).
const (
	PathStatus     = "status/"
	PathCheckpoint = "checkpoint"
	PathBundle     = "bundle"
	PathScope      = ".well-known/chancery/scope"
	// PathLog is the folder of the public log: its tiles, and the checkpoint
	// again, where readers of tiles look for it.
	PathLog = "log/"
)

func (i *Issuer) listURL(list int) string {
	return i.config.URL + "/" + i.config.Shard() + PathStatus + strconv.Itoa(list)
}

// listCache holds signed status lists until one changes or they are listAge
// old.
type listCache struct {
	mu     sync.Mutex
	lists  [][]byte
	signed time.Time
	// changes counts forgotten caches, so that lists which were being signed
	// while one changed are not kept.
	changes int
}

const listAge = time.Minute

func (c *listCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lists, c.changes = nil, c.changes+1
}

func (c *listCache) get(now time.Time) (lists [][]byte, changes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.signed) >= listAge {
		c.lists = nil
	}
	return c.lists, c.changes
}

func (c *listCache) put(lists [][]byte, signed time.Time, changes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes == changes {
		c.lists, c.signed = lists, signed
	}
}

// StatusLists returns the signed status lists, list 1 first. There is always
// one.
func (i *Issuer) StatusLists(ctx context.Context) ([][]byte, error) {
	now := i.now()
	lists, changes := i.lists.get(now)
	if len(lists) >= i.registry.Lists() {
		return lists, nil
	}
	lists = nil // or too few: a new list was begun
	all, err := i.registry.Encoded()
	if err != nil {
		return nil, err
	}
	for n, encoded := range all {
		list, err := i.signList(ctx, n+1, encoded, now)
		if err != nil {
			return nil, fmt.Errorf("status list %d: %w", n+1, err)
		}
		lists = append(lists, list)
	}
	i.lists.put(lists, now, changes)
	return lists, nil
}

func (i *Issuer) signList(ctx context.Context, number int, encoded string, now time.Time) ([]byte, error) {
	draft := mint.StatusList(i.listURL(number), encoded, now, now.Add(i.config.Status.Lifetime.Std()))
	return i.minter.Mint(ctx, draft, now)
}

// Checkpoint returns the signed state of the issuance log.
func (i *Issuer) Checkpoint() ([]byte, error) {
	return i.signCheckpoint()
}

// LogTiles returns the files of the public log of size records that the one of
// since records did not have, by path below [PathLog]. Whoever wants many of
// them asks for some at a time.
func (i *Issuer) LogTiles(_ context.Context, since, size uint64) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := i.store.View(func(tx *store.Tx) error {
		return issuancelog.Tiles(tx, since, size, func(path string, data []byte) error {
			files[path] = data
			return nil
		})
	})
	return files, err
}

// LogTile returns a file of the public log, by path below [PathLog], or an
// error that wraps [issuancelog.ErrNoTile]. A partial tile never changes, nor
// does a full one.
func (i *Issuer) LogTile(path string) (data []byte, err error) {
	t, isEntries, err := logproof.ParseTilePath(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", issuancelog.ErrNoTile, err)
	}
	err = i.store.View(func(tx *store.Tx) error {
		hashes, entries, err := issuancelog.Tile(tx, t)
		if data = hashes; isEntries {
			data = entries
		}
		return err
	})
	return data, err
}

// Bundle returns everything that a verifier needs of this issuer, as of now.
func (i *Issuer) Bundle(ctx context.Context) ([]byte, error) {
	content := bundle.Content{Issuer: i.ID(), Created: credential.FormatTime(i.now())}
	document, err := json.Marshal(i.document())
	if err != nil {
		return nil, err
	}
	content.Controllers = []jsontext.Value{document}
	lists, err := i.StatusLists(ctx)
	if err != nil {
		return nil, err
	}
	for _, list := range lists {
		content.StatusLists = append(content.StatusLists, list)
	}
	content.Contexts = i.own
	checkpoint, err := i.Checkpoint()
	if err != nil {
		return nil, err
	}
	content.Checkpoint = string(checkpoint)
	return bundle.Sign(content, i.signer)
}

// DIDDocument returns the issuer's controller document and its path below the
// issuer's address; the path is empty for a did:key, which needs none.
func (i *Issuer) DIDDocument() (path string, document []byte, err error) {
	if document, err = json.Marshal(i.document()); err != nil {
		return "", nil, err
	}
	if path, err = did.WebPath(i.ID()); err != nil {
		return "", document, nil
	}
	if !strings.HasPrefix(path, ".well-known/") {
		path = "did.json" // the address itself has the rest of the path
	}
	return path, document, nil
}

// Publication returns every file that a web server needs to serve in the
// issuer's place, by path below its address, but for the tiles of the log.
func (i *Issuer) Publication(ctx context.Context) (map[string][]byte, error) {
	files, own := map[string][]byte{}, i.config.Shard()
	path, document, err := i.DIDDocument()
	if err != nil {
		return nil, err
	}
	if path != "" {
		files[path] = document
	}
	lists, err := i.StatusLists(ctx)
	if err != nil {
		return nil, err
	}
	for n, list := range lists {
		files[own+PathStatus+strconv.Itoa(n+1)] = list
	}
	if files[own+PathCheckpoint], err = i.Checkpoint(); err != nil {
		return nil, err
	}
	if files[own+PathLog+PathCheckpoint], err = i.PublicCheckpoint(); errors.Is(err, anchor.ErrNone) {
		delete(files, own+PathLog+PathCheckpoint) // until it was cosigned
	} else if err != nil {
		return nil, err
	}
	if files[PathScope], err = i.ScopeStatement(ctx); err != nil {
		return nil, err
	}
	files[own+PathBundle], err = i.Bundle(ctx)
	return files, err
}
