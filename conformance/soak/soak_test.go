package soak

import (
	"os"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/postgrestest"
)

var server postgrestest.Server

func TestMain(m *testing.M) {
	status := m.Run()
	server.Stop()
	os.Exit(status)
}

// envSoak is how long TestSoak lasts, such as 1h, and envSeed what its schedule is
// made of.
const (
	envSoak = "CHANCERY_TEST_SOAK"
	envSeed = "CHANCERY_TEST_SOAK_SEED"
)

// TestSoak: see the package.
func TestSoak(t *testing.T) {
	lasts := 15 * time.Second
	if text := os.Getenv(envSoak); text != "" {
		var err error
		lasts, err = time.ParseDuration(text)
		must(t, err)
	}
	s := newSoak(t, lasts)
	must(t, s.issuer.start())
	_, err := s.party.fetch(t.Context(), issuertest.URL+"/log/checkpoint") // which is there once the witness has cosigned it
	must(t, err)
	load := s.startLoad()
	watch := s.startWatch()
	s.trouble(newSchedule(t, lasts))
	load.stop()
	watch.stop()
	s.issuer.stop(t)
	s.judge()
	s.report()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
