package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
)

const (
	registerRows = 3000
	exitDone     = 0
	exitNo       = 1
)

// setUp makes a register and an issuer in front of it, and serves it.
func (d *demo) setUp(ctx context.Context) error {
	d.title("A registry sets its issuer up")
	address, err := freeAddress()
	if err != nil {
		return err
	}
	url := "https://" + strings.Replace(address, "127.0.0.1", "localhost", 1)
	if _, err := d.chancery(ctx, exitDone, "init", "registry", "--url", url, "--listen", address, "--self-signed"); err != nil {
		return err
	}
	if err := civil.Write(ctx, d.path("registry/births.db"), registerRows, uint64(time.Now().UnixNano())); err != nil {
		return err
	}
	d.note("registry/births.db is a made-up civil register of %d births", registerRows)
	checked, err := d.chancery(ctx, exitDone, "check")
	if err != nil {
		return err
	}
	d.issuer, d.key = find(checked, `issuer +(\S+)`), find(checked, `signing key +(\S+)`)
	return d.startIssuer(ctx)
}

// freeAddress returns a loopback address that nothing listens on right now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (d *demo) offer(ctx context.Context) error {
	d.title("1. The operator offers a holder the credential of one record")
	out, err := d.chancery(ctx, exitDone, "offer", "--profile", "birth", civil.KnownNumber)
	d.uri, d.code = find(out, `(openid-credential-offer://\S+)`), find(out, `transaction code +(\d+)`)
	return err
}

func (d *demo) accept(ctx context.Context) error {
	d.title("2. The wallet accepts it over OpenID4VCI, and stores the credential")
	if _, err := d.wallet(ctx, exitDone, "init"); err != nil {
		return err
	}
	d.note("a wrong transaction code first:")
	accept := []string{"accept", d.uri, "--ca", "registry/tls/certificate.pem", "--yes", "--tx-code"}
	if _, err := d.wallet(ctx, exitNo, append(accept, wrong(d.code))...); err != nil {
		return err
	}
	d.note("and the right one:")
	out, err := d.wallet(ctx, exitDone, append(accept, d.code)...)
	if err != nil {
		return err
	}
	held := find(out, `id +([0-9a-f]{12})`)
	if _, err := d.wallet(ctx, exitDone, "show", held); err != nil {
		return err
	}
	if _, err := d.wallet(ctx, exitDone, "export", held, "--out", "credential.json"); err != nil {
		return err
	}
	data, err := os.ReadFile(d.path("credential.json"))
	d.credential = find(string(data), `"id":"(urn:uuid:[0-9a-f-]+)"`)
	return err
}

// wrong returns another code than the right one.
func wrong(code string) string {
	if code[0] == '0' {
		return "1" + code[1:]
	}
	return "0" + code[1:]
}

func (d *demo) verify(ctx context.Context) error {
	d.title("3. A relying party verifies it, with no network at all")
	if _, err := d.chancery(ctx, exitDone, "publish", "www"); err != nil {
		return err
	}
	if d.isolated {
		d.note("unshare -n starts the verifier where there is no network")
	} else {
		d.note("unshare -n is not allowed here; the verifier refuses every connection by itself")
	}
	if err := d.verifier(ctx, exitDone, "verify", "credential.json", "--bundle", "www/bundle"); err != nil {
		return err
	}
	return d.verifier(ctx, exitDone, "verify", "credential.json", "--bundle", "www/bundle", "--json")
}

func (d *demo) refuse(ctx context.Context) error {
	d.title("4. What is altered, expired or stale is not accepted")
	if err := d.alterCredential(); err != nil {
		return err
	}
	if err := d.verifier(ctx, exitNo, "verify", "altered.json", "--bundle", "www/bundle"); err != nil {
		return err
	}
	d.note("two years from now:")
	if err := d.verifier(ctx, exitNo, "verify", "credential.json", "--bundle", "www/bundle", "--at", at(2*365*24*time.Hour)); err != nil {
		return err
	}
	d.note("tomorrow, with today's bundle and a limit of six hours:")
	return d.verifier(ctx, exitNo, "verify", "credential.json", "--bundle", "www/bundle", "--max-age", "6h", "--at", at(20*time.Hour))
}

func at(later time.Duration) string {
	return time.Now().Add(later).UTC().Format(time.RFC3339)
}

// alterCredential changes one byte of what the credential says.
func (d *demo) alterCredential() error {
	data, err := os.ReadFile(d.path("credential.json"))
	if err != nil {
		return err
	}
	text := string(data)
	name := civil.Known().PlaceOfBirth
	altered := strings.Replace(text, name, strings.Replace(name, "A", "B", 1), 1)
	if altered == text {
		return fmt.Errorf("the credential does not say %s", name)
	}
	d.note("altered.json is the credential with one byte changed: born in %s", strings.Replace(name, "A", "B", 1))
	return os.WriteFile(d.path("altered.json"), []byte(altered), 0o600)
}

func (d *demo) revoke(ctx context.Context) error {
	d.title("5. The operator revokes it")
	if _, err := d.chancery(ctx, exitDone, "status", "revoke", d.credential); err != nil {
		return err
	}
	if _, err := d.chancery(ctx, exitDone, "publish", "www-new"); err != nil {
		return err
	}
	d.note("with a fresh bundle:")
	if err := d.verifier(ctx, exitNo, "verify", "credential.json", "--bundle", "www-new/bundle"); err != nil {
		return err
	}
	d.note("three hours later and still offline, the old bundle does not know, and says how old it is:")
	return d.verifier(ctx, exitDone, "verify", "credential.json", "--bundle", "www/bundle", "--at", at(3*time.Hour))
}

func (d *demo) checkLog(ctx context.Context) error {
	d.title("6. An auditor walks the issuance log")
	checkpoint := []string{"--checkpoint", "www-new/checkpoint"}
	if _, err := d.chancery(ctx, exitDone, append([]string{"log", "verify"}, checkpoint...)...); err != nil {
		return err
	}
	if _, err := d.chancery(ctx, exitDone, "log", "show"); err != nil {
		return err
	}
	d.stopIssuer()
	copies := []struct {
		name, told string
		tamper     func(path string) error
	}{
		{"altered.db", "a copy of the log in which record 2 was altered:", alterRecord},
		{"cut.db", "a copy of the log without its last two records:", cutRecords},
	}
	for _, c := range copies {
		if err := copyFile(d.path("registry/state/issuer.db"), d.path(c.name)); err != nil {
			return err
		}
		if err := c.tamper(d.path(c.name)); err != nil {
			return err
		}
		d.note("%s", c.told)
		args := append([]string{"log", "verify", "--state", c.name, "--key", d.key}, checkpoint...)
		if _, err := d.chancery(ctx, exitNo, args...); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) finish(took time.Duration) {
	d.title("Done")
	fmt.Printf(`  A credential was offered, accepted, verified offline, refused when altered,
  expired or stale, revoked, and every step of it found in the log.
  It took %.1f s. The files are in
    %s
      registry/          configuration, signing key, register, state with the log
      wallet/            the holder's key and credential
      www/  www-new/     what the registry published before and after it revoked
      credential.json    the credential
`, took.Seconds(), d.dir)
}

func find(text, pattern string) string {
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		return ""
	}
	return match[1]
}

func (d *demo) path(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }
