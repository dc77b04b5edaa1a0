package main

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// officer revokes what wallets have received, at whichever replica.
type officer struct {
	load    *load
	ordered map[string]string // key of a record to the credential that is to be revoked
	unsure  int               // orders that could not be given, as far as is known
}

// one revokes the credential of some record that was not revoked yet.
func (o *officer) one() {
	key, credential := o.choose()
	client, err := issuerhttp.Dial(o.load.cluster.replicas[rand.N(len(o.load.cluster.replicas))].socket())
	if key == "" || err != nil {
		time.Sleep(20 * time.Millisecond)
		return
	}
	defer client.Close()
	sum, err := client.RevokeRecords(o.load.t.Context(), "birth", []string{key})
	if err != nil && !strings.Contains(err.Error(), "the replicas were told what to revoke") {
		o.unsure++ // the replica was killed, or cut off: nobody knows whether they were
		time.Sleep(20 * time.Millisecond)
		return
	}
	waits := false
	for _, r := range sum.Replicas {
		waits = waits || r.Waits
	}
	if err == nil && sum.Revoked+sum.Before != 1 && !waits {
		o.load.t.Errorf("of the one credential of %s: %+v", key, sum)
	}
	o.ordered[key] = credential
}

// rest revokes something if nothing was revoked while there were faults.
func (o *officer) rest() {
	for range tries {
		if len(o.ordered) > 0 {
			return
		}
		o.one()
	}
}

func (o *officer) choose() (key, credential string) {
	o.load.mu.Lock()
	defer o.load.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(o.load.received)) {
		if o.ordered[key] != "" {
			continue
		}
		var c struct{ ID string }
		if err := json.Unmarshal(o.load.received[key], &c); err != nil || c.ID == "" {
			o.load.t.Errorf("the credential of %s: %v", key, err)
		}
		return key, c.ID
	}
	return "", ""
}

// settle waits until all replicas have followed all orders.
func (c *cluster) settle(t *testing.T) {
	t.Helper()
	for range 100 {
		client, err := issuerhttp.Dial(c.replicas[0].socket())
		must(t, err)
		all, err := client.Replicas(t.Context())
		must(t, err)
		must(t, client.Close())
		behind := uint64(0)
		for _, r := range all {
			behind += r.Behind
		}
		if behind == 0 && len(all) == len(c.replicas) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("the replicas do not follow what they were told to revoke")
}

// judge fails the test unless each credential was revoked by the replica that
// issued it, once.
func (o *officer) judge(t *testing.T, logs map[string][]logproof.Record) {
	t.Helper()
	revoked := map[string]int{}
	for name, records := range logs {
		for _, r := range records {
			if r.Kind != logproof.StatusChanged {
				continue
			}
			revoked[r.Credential]++
			if !strings.Contains(r.StatusList, "/replicas/"+name+"/status/") {
				t.Errorf("replica %s changes %s", name, r.StatusList)
			}
		}
	}
	for key, credential := range o.ordered {
		if revoked[credential] != 1 {
			t.Errorf("the credential of %s was revoked %d times", key, revoked[credential])
		}
	}
	if len(o.ordered) == 0 {
		t.Error("nothing was ever revoked")
	}
	t.Logf("%d credentials were revoked; %d orders could not be given, as far as is known", len(o.ordered), o.unsure)
}
