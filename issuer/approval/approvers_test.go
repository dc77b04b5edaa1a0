package approval_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/chancery-vc/chancery/issuer/approval"
)

func TestApproversRefused(t *testing.T) {
	_, a := newKey(t)
	_, b := newKey(t)
	nobodys := "ssh-ed25519 " + base64.StdEncoding.EncodeToString(ssh.Marshal(struct{ Type, Key string }{"ssh-ed25519", "\x01" + strings.Repeat("\x00", 31)}))
	two := func(need, first, firstKeys, second, secondKeys string) string {
		return fmt.Sprintf("need: %s\napprovers:\n  - name: %q\n    keys: [%s]\n  - name: %q\n    keys: [%s]\n", need, first, firstKeys, second, secondKeys)
	}
	if _, err := approval.ParseApprovers([]byte(two("2", "Anna", a, "Bert", b))); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, says string }{
		"nothing":                {"", "EOF"},
		"nobody needed":          {two("0", "Anna", a, "Bert", b), "need is 0"},
		"more than there are":    {two("3", "Anna", a, "Bert", b), "need is 3"},
		"fewer than none":        {two("-1", "Anna", a, "Bert", b), "need is -1"},
		"a name twice":           {two("2", "Anna", a, "anna", b), "twice"},
		"no name":                {two("2", "Anna", a, "", b), "approver 2"},
		"a name of two lines":    {two("2", "Anna", a, "Bert\nCarla", b), "a name has"},
		"a key of two people":    {two("2", "Anna", a, "Bert", b+", "+a), "one of Anna"},
		"a key twice":            {two("2", "Anna", a+", "+a, "Bert", b), "one of Anna"},
		"a key twice, commented": {two("2", "Anna", a, "Bert", a+" bert@desk"), "one of Anna"},
		"no keys":                {two("2", "Anna", a, "Bert", ""), "SSH keys"},
		"no key":                 {two("2", "Anna", a, "Bert", "hello"), "FILE.pub"},
		"a key with options":     {two("2", "Anna", a, "Bert", "'no-pty "+b+"'"), "FILE.pub"},
		"a key of no one":        {two("2", "Anna", a, "Bert", nobodys), "small order"},
		"an unknown member":      {two("2", "Anna", a, "Bert", b) + "needs: 1\n", "needs"},
		"a member twice":         {two("2", "Anna", a, "Bert", b) + "need: 1\n", "need"},
		"too many":               {"need: 1\napprovers:\n" + strings.Repeat("  - name: A\n", 65), "more than 64"},
		"no YAML":                {"\x00", "line 1"},
		"too large":              {strings.Repeat("#", 1<<20) + "\n", "larger"},
	} {
		got, err := approval.ParseApprovers([]byte(c.text))
		if got != nil || !errors.Is(err, approval.ErrApprovers) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, which should say %q", name, err, c.says)
		}
	}
}

// TestApproversAreGuarded: a file that others can write says nothing.
func TestApproversAreGuarded(t *testing.T) {
	o := newOffice(t)
	for _, mode := range []os.FileMode{0o660, 0o606} {
		must(t, os.Chmod(o.approvers, mode))
		if _, err := approval.ReadApprovers(o.approvers); !errors.Is(err, approval.ErrApprovers) || !strings.Contains(err.Error(), "chmod go-w") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	must(t, os.Chmod(o.approvers, 0o644))
	if _, err := approval.ReadApprovers(o.approvers); err != nil {
		t.Error(err)
	}
	if os.Geteuid() == 0 {
		must(t, os.Chown(o.approvers, 65534, -1))
		if _, err := approval.ReadApprovers(o.approvers); !errors.Is(err, approval.ErrApprovers) || !strings.Contains(err.Error(), "chown root") {
			t.Errorf("another's file: %v", err)
		}
	}
	if _, err := approval.ReadApprovers(o.approvers + ".gone"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
