package approval_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/crypto/ssh"

	"github.com/chancery-vc/chancery/internal/sshsig/sshsigtest"
	"github.com/chancery-vc/chancery/issuer/approval"
	"github.com/chancery-vc/chancery/issuer/config"
)

// TestApproved: two of three are enough, in any order, with any of their keys,
// and whatever else stands beside.
func TestApproved(t *testing.T) {
	o := newOffice(t)
	manifest := o.manifest()
	for name, c := range map[string]struct{ signers, by []ssh.Signer }{
		"two":                       {[]ssh.Signer{o.anna, o.bert}, []ssh.Signer{o.anna, o.bert}},
		"the other way round":       {[]ssh.Signer{o.carla, o.anna}, []ssh.Signer{o.anna, o.carla}},
		"all":                       {[]ssh.Signer{o.bert, o.carla, o.anna}, []ssh.Signer{o.anna, o.bert, o.carla}},
		"another key":               {[]ssh.Signer{o.annasOther, o.bert}, []ssh.Signer{o.annasOther, o.bert}},
		"one with two keys":         {[]ssh.Signer{o.annasOther, o.anna, o.bert}, []ssh.Signer{o.annasOther, o.bert}},
		"with a key that is no one": {[]ssh.Signer{o.no, o.bert, o.carla}, []ssh.Signer{o.bert, o.carla}},
	} {
		o.sign(manifest, c.signers...)
		loaded, err := o.load()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		a := loaded.Approval()
		var want []string
		for _, signer := range c.by {
			want = append(want, o.name(signer)+" "+ssh.FingerprintSHA256(signer.PublicKey()))
		}
		if diff := cmp.Diff(want, a.Approvers); diff != "" || a.Serial != 7 || a.Ends || string(a.Manifest) != string(manifest) {
			t.Errorf("%s: %+v %s", name, a, diff)
		}
	}
}

func (o *office) name(signer ssh.Signer) string {
	return map[ssh.Signer]string{o.anna: "Anna", o.annasOther: "Anna", o.bert: "Bert", o.carla: "Carla"}[signer]
}

// TestNotApproved: what too few have signed, or what is not what they signed, is
// not taken, and the error says what is missing.
func TestNotApproved(t *testing.T) {
	for name, c := range map[string]struct {
		attack func(o *office)
		says   []string
	}{
		"no manifest": {func(o *office) { must(o.T, os.Remove(o.config+approval.ManifestSuffix)) }, []string{"chancery config manifest"}},
		"no signatures": {
			func(o *office) { must(o.T, os.Remove(o.config+approval.SignatureSuffix)) },
			[]string{"serial 7 is approved by nobody; still needed: 2 of Anna, Bert, Carla", "ssh-keygen -Y sign -n " + approval.Namespace, ".manifest.sig"},
		},
		"one of two":              {func(o *office) { o.sign(o.manifest(), o.bert) }, []string{"by Bert SHA256:", "; still needed: 1 of Anna, Carla"}},
		"one of them twice":       {func(o *office) { o.sign(o.manifest(), o.bert, o.bert) }, []string{"by Bert SHA256:", "needed: 1"}},
		"two keys of one of them": {func(o *office) { o.sign(o.manifest(), o.anna, o.annasOther) }, []string{"by Anna SHA256:", "needed: 1"}},
		"one and a stranger":      {func(o *office) { o.sign(o.manifest(), o.no, o.bert) }, []string{"by Bert", "signature 1 is of SHA256:", "which is nobody's"}},
		"one for another purpose": {func(o *office) { o.signFor(o.manifest(), "file", o.bert) }, []string{"by Anna", `signature 2, of Bert`, `it is for "file"`}},
		"one of another manifest": {(*office).exchange, []string{"by Anna", "signature 2, of Bert", "it does not verify"}},
		"nobody signed, and edited": {
			func(o *office) {
				must(o.T, os.Remove(o.config+approval.SignatureSuffix))
				o.append("", "\n")
			}, []string{"it has the sha256", "its manifest has"},
		},
		"files too large together": {(*office).enlarge, []string{"large.pem has more than"}},
		"a manifest nobody writes": {func(o *office) { o.pipe(approval.ManifestSuffix) }, []string{"not a regular file"}},
		"signatures nobody writes": {func(o *office) { o.pipe(approval.SignatureSuffix) }, []string{"not a regular file"}},
		"a byte more to sign":      {func(o *office) { o.append(approval.ManifestSuffix, "\n") }, []string{"by nobody", "does not verify"}},
		"the configuration edited": {func(o *office) { o.append("", "\n") }, []string{"it has the sha256", "have this approved"}},
		"a file edited":            {func(o *office) { write(o.T, o.file(caFile), "others") }, []string{caFile + " has the sha256"}},
		"a file gone":              {func(o *office) { must(o.T, os.Remove(o.file(caFile))) }, []string{caFile}},
		"a file not listed":        {func(o *office) { o.both(func(m *approval.Manifest) { clear(m.Files) }) }, []string{"it names the files", caFile}},
		"a file too much":          {func(o *office) { o.both(func(m *approval.Manifest) { m.Files["/etc/passwd"] = "" }) }, []string{"/etc/passwd"}},
		"another issuer's":         {func(o *office) { o.both(func(m *approval.Manifest) { m.Log = "other.example/log" }) }, []string{"other.example/log"}},
		"no serial":                {func(o *office) { o.both(func(m *approval.Manifest) { m.Serial = 0 }) }, []string{"serial is from 1"}},
		"a serial out of reach":    {func(o *office) { o.both(func(m *approval.Manifest) { m.Serial = 1<<53 + 1 }) }, []string{"serial is from 1"}},
		"a member twice":           {func(o *office) { o.replace(`"serial": 7`, `"serial": 8, "serial": 7`) }, []string{"duplicate"}},
		"a member more":            {func(o *office) { o.replace(`"serial": 7`, `"Serial": 8, "serial": 7`) }, []string{"unknown"}},
		"no JSON":                  {func(o *office) { write(o.T, o.config+approval.ManifestSuffix, "signed: yes") }, []string{"not a manifest"}},
		"a manifest too large":     {func(o *office) { o.append(approval.ManifestSuffix, strings.Repeat(" ", config.MaxBytes)) }, []string{"bytes"}},
		"signatures too large":     {func(o *office) { o.append(approval.SignatureSuffix, strings.Repeat("\n", 64<<10)) }, []string{"more than 65536 bytes"}},
		"too many signatures":      {func(o *office) { o.append(approval.SignatureSuffix, strings.Repeat(o.signature(), 63)) }, []string{"more than 64"}},
		"a signature cut off":      {func(o *office) { o.cutSignature() }, []string{"number 2"}},
		"text among signatures":    {func(o *office) { o.append(approval.SignatureSuffix, "I agree.") }, []string{"number 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.sign(o.manifest(), o.anna, o.bert)
			if _, err := o.load(); err != nil {
				t.Fatalf("it is not approved as it is: %v", err)
			}
			c.attack(o)
			loaded, err := o.load()
			if !errors.Is(err, approval.ErrNotApproved) || loaded != nil {
				t.Fatalf("got %v", err)
			}
			for _, said := range c.says {
				if !strings.Contains(err.Error(), said) {
					t.Errorf("%v does not say %q", err, said)
				}
			}
		})
	}
}

func (o *office) signature() string {
	return sshsigtest.Sign(o.T, o.no, approval.Namespace, []byte("anything"))
}

// signFor has Anna sign a manifest, and somebody else sign it for another
// purpose.
func (o *office) signFor(manifest []byte, namespace string, signer ssh.Signer) {
	o.sign(manifest, o.anna)
	o.append(approval.SignatureSuffix, sshsigtest.Sign(o.T, signer, namespace, manifest))
}

// exchange puts a signature of Bert's under a manifest that he did not see.
func (o *office) exchange() {
	former := []byte(read(o.T, o.config+approval.ManifestSuffix))
	o.sign(o.manifest(func(m *approval.Manifest) { m.Serial = 8 }), o.anna)
	o.append(approval.SignatureSuffix, sshsigtest.Sign(o.T, o.bert, approval.Namespace, former))
}

// both has two people sign a manifest that was edited.
func (o *office) both(edit func(*approval.Manifest)) {
	o.sign(o.manifest(edit), o.anna, o.bert)
}

// replace has two people sign a manifest whose text was edited.
func (o *office) replace(old, text string) {
	edited := strings.Replace(read(o.T, o.config+approval.ManifestSuffix), old, text, 1)
	write(o.T, o.config+approval.ManifestSuffix, edited)
	o.sign([]byte(edited), o.anna, o.bert)
}

// enlarge has the configuration name a second file, as large as one may be, and
// two people sign a manifest of both.
func (o *office) enlarge() {
	write(o.T, o.config, read(o.T, o.config)+"vault:\n  address: https://vault.example\n  token: env:TOKEN\n  ca: large.pem\n")
	write(o.T, o.file("large.pem"), "")
	manifest := o.manifest()
	must(o.T, os.Truncate(o.file("large.pem"), config.MaxFileBytes))
	o.sign(manifest, o.anna, o.bert)
}

// pipe puts a pipe that nobody writes to in the place of a file.
func (o *office) pipe(suffix string) {
	must(o.T, os.Remove(o.config+suffix))
	must(o.T, syscall.Mkfifo(o.config+suffix, 0o600))
}

func (o *office) append(suffix, text string) {
	write(o.T, o.config+suffix, read(o.T, o.config+suffix)+text)
}

func (o *office) cutSignature() {
	text := read(o.T, o.config+approval.SignatureSuffix)
	write(o.T, o.config+approval.SignatureSuffix, text[:len(text)-40])
}

// TestEachByte: no byte of a manifest can be changed.
func TestEachByte(t *testing.T) {
	o := newOffice(t)
	manifest := o.manifest()
	o.sign(manifest, o.anna, o.bert)
	for n := range manifest {
		altered := strings.Clone(string(manifest[:n])) + string(manifest[n]^1) + string(manifest[n+1:])
		write(t, o.config+approval.ManifestSuffix, altered)
		if _, err := o.load(); !errors.Is(err, approval.ErrNotApproved) {
			t.Fatalf("byte %d was altered: %v", n, err)
		}
	}
}

// TestReadOnce: what was approved is what is used, whatever is put in its place
// afterwards; and nothing is read that was not approved.
func TestReadOnce(t *testing.T) {
	o := newOffice(t)
	o.sign(o.manifest(), o.anna, o.bert)
	loaded, err := o.load()
	must(t, err)
	must(t, os.Remove(o.file(caFile)))
	write(t, o.file("evil.pem"), "others")
	must(t, os.Symlink(o.file("evil.pem"), o.file(caFile)))
	if got, err := loaded.Read(caFile, 1<<10); err != nil || string(got) != "the authorities" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := loaded.Read("evil.pem", 1<<10); err == nil {
		t.Errorf("what nobody approved was read: %q", got)
	}
	if _, err := loaded.Read(caFile, 3); err == nil {
		t.Error("more was read than may be")
	}
}

// FuzzManifest: what is read is written again so that it reads the same.
func FuzzManifest(f *testing.F) {
	m := approval.Manifest{Log: "registry.example/log", Serial: 7, Configuration: strings.Repeat("0", 64), Files: map[string]string{caFile: ""}, Ends: true}
	data, err := m.Bytes()
	must(f, err)
	f.Add(data)
	f.Add([]byte(`{"log":"a","serial":1,"configuration":"","files":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := approval.ParseManifest(data)
		if err != nil {
			if !errors.Is(err, approval.ErrNotApproved) {
				t.Error(err)
			}
			return
		}
		written, err := m.Bytes()
		must(t, err)
		again, err := approval.ParseManifest(written)
		if diff := cmp.Diff(m, again, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	})
}
