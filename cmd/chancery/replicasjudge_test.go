package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// judge holds what the wallets have against the logs of all replicas, which it
// returns.
func (c *cluster) judge(t *testing.T, l *load) map[string][]logproof.Record {
	t.Helper()
	logs := map[string][]logproof.Record{}
	released, subjects, places := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, r := range c.replicas {
		answers := 0
		logs[r.name] = r.log(t)
		for _, record := range logs[r.name] {
			if record.Kind != logproof.Answered || record.StatusList == "" {
				continue
			}
			answers++
			released[record.Released]++
			subjects[record.Subject]++
			at := place(record.StatusList, record.StatusIndex)
			if places[at] || !strings.HasPrefix(record.StatusList, issuertest.URL+"/replicas/"+r.name+"/status/") {
				t.Errorf("replica %s gave the place %s", r.name, at)
			}
			places[at] = true
		}
		if answers == 0 {
			t.Errorf("replica %s answered nothing", r.name)
		}
		for _, command := range []string{"verify", "reconcile"} {
			if code, out, errors := call(t.Context(), "log", command, "--config", r.config); code != exitDone {
				t.Errorf("replica %s: log %s: exit code %d\n%s%s", r.name, command, code, out, errors)
			}
		}
	}
	for subject, n := range subjects {
		if n > 1 {
			t.Errorf("%s was offered once, and has %d credentials", subject, n)
		}
	}
	for key, credential := range l.received {
		if n := released[logproof.HashOf(credential).String()]; n != 1 {
			t.Errorf("the credential of %s is in %d logs", key, n)
		}
	}
	if len(l.received) == 0 {
		t.Error("no wallet ever received a credential")
	}
	return logs
}

// log returns the records of a replica that has stopped.
func (r *replica) log(t *testing.T) []logproof.Record {
	t.Helper()
	s, err := store.OpenReadOnly(filepath.Join(r.state(), issuer.StateFile))
	must(t, err)
	defer s.Close()
	return issuertest.Log(t, s)
}
