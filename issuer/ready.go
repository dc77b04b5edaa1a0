package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/chancery-vc/chancery/issuer/anchor"
)

// State is how a part of the issuer does.
type State string

// The states. With a part that failed the issuer is not ready; one in doubt
// needs somebody to look, and stops nothing yet.
const (
	StateGood   State = "good"
	StateDoubt  State = "doubt"
	StateFailed State = "failed"
)

// Condition is how one part of the issuer does. Its reason says what is wrong
// and holds no secret and no value of a record.
type Condition struct {
	Name   string `json:"name"` // such as "log" or "source births"
	State  State  `json:"state"`
	Reason string `json:"reason,omitzero"`
}

// Readiness is how the issuer did at a time, part by part.
type Readiness struct {
	Ready      bool        `json:"ready"`
	At         time.Time   `json:"at"`
	Conditions []Condition `json:"conditions"`
}

// Ready tells whether questions would be answered now, and if not, why. It
// writes nothing into the log, unless a source turns out to have changed, and
// takes no longer than sources are given to answer.
func (i *Issuer) Ready(ctx context.Context) Readiness {
	conditions := []Condition{
		condition("log", i.logReady()),
		condition("clock", i.log.CheckClock()),
		condition("disk", i.diskReady()),
		i.keysCondition(),
	}
	if i.shared != nil {
		conditions = append(conditions, condition("shared state", i.sharedReady(ctx)))
	}
	conditions = append(conditions, i.sourcesReady(ctx)...)
	conditions = append(conditions, i.anchorsReady()...)
	conditions = append(conditions, i.configurationReady()...)
	failed := func(c Condition) bool { return c.State == StateFailed }
	return Readiness{Ready: !slices.ContainsFunc(conditions, failed), At: i.now().UTC(), Conditions: conditions}
}

func condition(name string, err error) Condition {
	if err != nil {
		return Condition{name, StateFailed, err.Error()}
	}
	return Condition{Name: name, State: StateGood}
}

// logReady tells whether records can be added. It does not try: a write that
// fails would stop the issuer.
func (i *Issuer) logReady() error {
	if err := i.store.Failure(); err != nil {
		return err
	}
	_, err := i.log.Size()
	return err
}

// ErrDisk says that the disk of the state has less room than disk_floor.
var ErrDisk = errors.New("the disk of the state is almost full; make room, or the log cannot be written and everything stops")

func (i *Issuer) diskReady() error {
	free, err := i.FreeDisk()
	if floor := uint64(i.config.Operations.DiskFloor); err == nil && free < floor {
		err = fmt.Errorf("%w (%d MiB are free, and disk_floor is %d MiB)", ErrDisk, free>>20, floor>>20)
	}
	return err
}

// FreeDisk returns how many bytes the issuer can still write to the disk of its
// state.
func (i *Issuer) FreeDisk() (uint64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(i.config.Path(i.config.State), &disk); err != nil {
		return 0, fmt.Errorf("see how full the disk of the state is: %w", err)
	}
	return disk.Bavail * uint64(disk.Bsize), nil
}

// sharedReady reaches for what replicas share.
func (i *Issuer) sharedReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	return i.shared.CheckClock(ctx)
}

// anchorsReady tells how anchors do. One that is behind is in doubt; they have
// failed when issuing stops for it.
func (i *Issuer) anchorsReady() []Condition {
	stale := i.keeper.Stale()
	var conditions []Condition
	for n, status := range i.Anchors() {
		c := Condition{Name: "anchor " + status.Name, State: StateGood}
		late := i.now().Sub(status.Good) > 2*i.config.Anchors[n].Every.Std()
		switch {
		case stale != nil && i.config.Anchors[n].StopAfter > 0:
			c.State, c.Reason = StateFailed, stale.Error()
		case status.Err != nil || late:
			c.State, c.Reason = StateDoubt, behind(status)
		}
		conditions = append(conditions, c)
	}
	return conditions
}

func behind(s anchor.Status) string {
	said := "it has not kept the newest records since " + s.Good.UTC().Format(time.RFC3339)
	if s.Err != nil {
		said += ": " + s.Err.Error()
	}
	return said
}

// LogSize returns the number of records of the log.
func (i *Issuer) LogSize() (uint64, error) { return i.log.Size() }

// StatusListsSigned returns when the status lists that are given out were
// signed, or the zero time.
func (i *Issuer) StatusListsSigned() time.Time {
	i.lists.mu.Lock()
	defer i.lists.mu.Unlock()
	return i.lists.signed
}
