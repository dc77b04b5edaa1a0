package soak

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// fault is what is done to an issuer, and undone.
type fault struct {
	name string
	ends bool // the issuer ends by it, and is started again
	do   func(*soak, time.Duration)
}

// faults are all of them. Each is there for about so long.
var faults = []fault{
	{"register cut off", false, func(s *soak, d time.Duration) { s.proxy.Cut(); time.Sleep(d); s.proxy.Pass() }},
	{"register does not answer", false, func(s *soak, d time.Duration) { s.proxy.Stall(); time.Sleep(d); s.proxy.Pass() }},
	{"register killed", false, func(s *soak, d time.Duration) { server.Kill(s.t); time.Sleep(d); server.Restart(s.t) }},
	{"key store sealed", false, func(s *soak, d time.Duration) { s.vault.Seal(true); time.Sleep(d); s.vault.Seal(false) }},
	{"tokens of the key store taken", false, func(s *soak, _ time.Duration) { s.vault.TakeTokens() }},
	{"witness killed", false, func(s *soak, d time.Duration) { s.witness.kill(); time.Sleep(d); must(s.t, s.witness.start()) }},
	{"folder of the anchor away", false, moveAnchor},
	{"clock forward", false, func(s *soak, _ time.Duration) { s.clock.move(s.t, time.Hour+rand.N(time.Hour)) }},
	{"clock back, and right again", false, jumpBack},
	{"configuration changed", false, func(s *soak, _ time.Duration) { s.config.change(); s.reload(changed) }},
	{"configuration spoilt", false, spoilConfiguration},
	{"keys rotated", false, func(s *soak, _ time.Duration) { s.config.rotate(); s.reload(changed) }},
	{"disk full", true, fillDisk},
	{"issuer killed", true, func(s *soak, d time.Duration) { s.issuer.kill(); time.Sleep(d / 4); must(s.t, s.issuer.start()) }},
	{"issuer stopped", true, func(s *soak, d time.Duration) { s.issuer.stop(s.t); time.Sleep(d / 4); must(s.t, s.issuer.start()) }},
}

func moveAnchor(s *soak, d time.Duration) {
	folder := filepath.Join(s.dir, "anchored")
	must(s.t, os.Rename(folder, folder+".away"))
	time.Sleep(d)
	must(s.t, os.Rename(folder+".away", folder))
}

func jumpBack(s *soak, d time.Duration) {
	by := 5 * time.Minute
	s.clock.move(s.t, -by)
	time.Sleep(d)
	s.clock.move(s.t, by)
}

// What the program says of a new configuration.
const (
	changed   = "the configuration was changed"
	unchanged = "the configuration was not changed: the former one stays in force"
)

// reloadTime is how long a change of the configuration may take.
const reloadTime = 2 * time.Minute

// reload has the issuer read its configuration, and waits for what it says of it.
func (s *soak) reload(want string) {
	before, other := s.health.said(want), s.health.said(unchanged)
	s.issuer.signal(s.t, syscall.SIGHUP)
	for deadline := time.Now().Add(reloadTime); s.health.said(want) == before; time.Sleep(20 * time.Millisecond) {
		switch {
		case want != unchanged && s.health.said(unchanged) != other: // requests were under way for too long, or something was away
			other = s.health.said(unchanged)
			s.faults.add("configuration read again, since requests were under way", "")
			s.issuer.signal(s.t, syscall.SIGHUP)
		case time.Now().After(deadline):
			s.tally.wrong("nothing was said of the configuration: " + want)
			return
		}
	}
}

func spoilConfiguration(s *soak, _ time.Duration) {
	s.config.spoil()
	s.reload(unchanged)
	s.config.write()
}

// roomLeft is what a full disk has left, at most; nothing is written to it for
// longer than fullTime.
const (
	roomLeft = 64 << 10
	fullTime = 30 * time.Second
)

// fillDisk fills the disk until the issuer, which could not write its log, has
// ended, and makes room again.
func fillDisk(s *soak, _ time.Duration) {
	if s.disk == nil {
		return
	}
	s.disk.fill(s.t, rand.N[int64](roomLeft))
	ended := s.issuer.within(fullTime)
	s.disk.empty(s.t)
	if !ended {
		s.tally.wrong("the disk was full, and the issuer did not end")
		return
	}
	must(s.t, s.issuer.start())
}
