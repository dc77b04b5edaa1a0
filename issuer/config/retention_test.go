package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
)

func TestRetention(t *testing.T) {
	day := config.Duration(24 * time.Hour)
	c, err := config.Parse([]byte(least+"retention: {seal_after: 365d, folder: /srv/archive}\npseudonyms: {period: 30d, keep: 400d}\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Retention{SealAfter: 365 * day, Folder: "/srv/archive"}, c.Retention); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(config.Pseudonyms{Period: 30 * day, Keep: 400 * day}, c.Pseudonyms); diff != "" {
		t.Error(diff)
	}
	if c, err = config.Parse([]byte(least), ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Retention{Folder: "sealed"}, c.Retention); diff != "" {
		t.Error("without being configured:", diff)
	}
	if c.Pseudonyms != (config.Pseudonyms{}) {
		t.Errorf("without being configured: %+v", c.Pseudonyms)
	}
}

func TestRetentionRefused(t *testing.T) {
	for text, want := range map[string]string{
		"retention: {seal_after: -1h}":           "less than nothing",
		"retention: {seal_after: soon}":          "time span",
		"retention: {delete_after: 1d}":          "unknown field",
		"pseudonyms: {period: 23h}":              "at least 24h",
		"pseudonyms: {period: -30d}":             "number of days",
		"pseudonyms: {period: -720h}":            "at least 24h",
		"pseudonyms: {keep: 400d}":               "say under period",
		"pseudonyms: {period: 30d, keep: -1h}":   "less than nothing",
		"pseudonyms: {period: 30d, keep: 8759h}": "profile birth",
	} {
		_, err := config.Parse([]byte(least+text+"\n"), "")
		if !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if _, err := config.Parse([]byte(least+"pseudonyms: {period: 30d, keep: 365d}\n"), ""); err != nil {
		t.Errorf("kept for as long as a credential is valid: %v", err)
	}
}
