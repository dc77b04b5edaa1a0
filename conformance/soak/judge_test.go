package soak

import (
	"fmt"
	"path/filepath"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// onDisk is where this process finds a file of the issuer's state.
func (s *soak) onDisk(name string) string {
	path := filepath.Join(s.dir, "state", name)
	if s.disk != nil {
		return s.disk.seen(path)
	}
	return path
}

func (s *soak) socket() string { return s.onDisk("operator.sock") }

// judge holds what was received against the log of the issuer, which has stopped.
func (s *soak) judge() {
	db, err := store.OpenReadOnly(s.onDisk(issuer.StateFile))
	must(s.t, err)
	records := issuertest.Log(s.t, db)
	must(s.t, db.Close())
	s.size = len(records)
	s.judgeReceived(records)
	s.judgeUses(records)
	s.judgeQuestions(records)
	for _, command := range []string{"verify", "reconcile"} {
		if code, said := s.run("log", command, "--config", s.config.path); code != 0 {
			s.tally.wrong(fmt.Sprintf("log %s: exit code %d: %s", command, code, said))
		}
	}
	for line := range s.health.other {
		s.t.Logf("it said: %.1000s", line)
	}
	if n := s.health.said("panic"); n > 0 {
		s.tally.wrong(fmt.Sprintf("it panicked %d times: %s", n, s.health.first["ERROR panic"]))
	}
}

// judgeReceived: each answer that somebody has is in the log, once.
func (s *soak) judgeReceived(records []logproof.Record) {
	released := map[string]int{}
	for _, r := range records {
		if r.Kind == logproof.Answered {
			released[r.Released]++
		}
	}
	for digest, what := range s.party.received {
		if n := released[digest.String()]; n != 1 {
			s.tally.wrong(fmt.Sprintf("%s was received, and is in the log %d times", what, n))
		}
	}
	for _, what := range s.party.twice {
		s.tally.wrong(what + " was received twice")
	}
	if len(s.party.received) == 0 {
		s.tally.wrong("nobody received anything")
	}
}

// judgeUses: no offer has given two credentials, and no place in a status list
// was given twice.
func (s *soak) judgeUses(records []logproof.Record) {
	places, holders := map[string]bool{}, map[string]bool{}
	for _, r := range records {
		if r.Kind != logproof.Answered || r.StatusIndex == nil {
			continue
		}
		place := fmt.Sprintf("%s#%d", r.StatusList, *r.StatusIndex)
		if places[place] {
			s.tally.wrong("two credentials have the place " + place)
		}
		places[place] = true
	}
	for _, r := range records {
		if r.Kind != logproof.Answered || r.Caller != string(issuer.Holder) {
			continue
		}
		if holders[r.Subject] {
			s.tally.wrong(r.Subject + " was offered once, and has two credentials")
		}
		holders[r.Subject] = true
	}
}

// judgeQuestions: each question has one end.
func (s *soak) judgeQuestions(records []logproof.Record) {
	open, ended := map[uint64]bool{}, 0
	for _, r := range records {
		if r.Kind == logproof.Asked {
			open[r.Sequence] = true
		}
		if r.Question == nil {
			continue
		}
		if !open[*r.Question] {
			s.tally.wrong(fmt.Sprintf("record %d ends a question that is not open", r.Sequence))
		}
		delete(open, *r.Question)
		ended++
	}
	if len(open) > 0 || ended == 0 {
		s.tally.wrong(fmt.Sprintf("%d questions have no end, and %d have", len(open), ended))
	}
}
