package did_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/did"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// authority issues certificates below its own.
type authority struct {
	t           testing.TB
	certificate *x509.Certificate
	key         crypto.Signer
}

func newAuthority(t testing.TB, name string, edits ...func(*x509.Certificate)) authority {
	t.Helper()
	return authority{t: t}.authority(name, edits...)
}

// authority issues a certificate of an authority; one without an issuer signs
// itself.
func (a authority) authority(name string, edits ...func(*x509.Certificate)) authority {
	a.t.Helper()
	edits = append([]func(*x509.Certificate){func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
	}}, edits...)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return authority{a.t, a.issue(name, key, edits...), key}
}

func (a authority) issue(name string, key crypto.Signer, edits ...func(*x509.Certificate)) *x509.Certificate {
	a.t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    noon.Add(-time.Hour),
		NotAfter:     noon.Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		DNSNames:     []string{"registry.example"},
		URIs:         []*url.URL{{Scheme: "did", Opaque: "web:registry.example"}},
	}
	for _, edit := range edits {
		edit(template)
	}
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

func x5c(chain ...*x509.Certificate) (texts []string) {
	for _, c := range chain {
		texts = append(texts, base64.StdEncoding.EncodeToString(c.Raw))
	}
	return texts
}

func pool(anchors ...*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range anchors {
		p.AddCert(c)
	}
	return p
}

func TestVerifyX5C(t *testing.T) {
	root := newAuthority(t, "root")
	sub := root.authority("sub")
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	leaf := sub.issue("leaf", key)
	for name, chain := range map[string][]*x509.Certificate{
		"anchor left out": {leaf, sub.certificate},
		"anchor given":    {leaf, sub.certificate, root.certificate},
	} {
		got, err := did.VerifyX5C(x5c(chain...), pool(root.certificate), noon)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := &did.Certified{Key: key.Public(), DNSNames: []string{"registry.example"}, URIs: []string{"did:web:registry.example"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	self := authority{t: t}.issue("self", key)
	if got, err := did.VerifyX5C(x5c(self), pool(self), noon); err != nil || !key.Public().(ed25519.PublicKey).Equal(got.Key) {
		t.Errorf("a certificate that is an anchor itself: got %v, %v", got, err)
	}
}

func TestVerifyX5CRefuses(t *testing.T) {
	root, other := newAuthority(t, "root"), newAuthority(t, "root")
	sub := root.authority("sub")
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	leaf := sub.issue("leaf", key)
	good := x5c(leaf, sub.certificate)
	anchors := pool(root.certificate)
	usage := func(u x509.KeyUsage) func(*x509.Certificate) { return func(c *x509.Certificate) { c.KeyUsage = u } }
	short := func(c *x509.Certificate) { c.NotAfter = noon.Add(-time.Minute) }
	altered := slices.Clone(leaf.Raw)
	altered[len(altered)-1] ^= 1
	notCA := root.issue("not an authority", sub.key)
	constrained := root.authority("constrained", func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"elsewhere.example"} })
	for name, c := range map[string]struct {
		x5c     []string
		anchors *x509.CertPool
		now     time.Time
	}{
		"nothing":                     {nil, anchors, noon},
		"no anchors":                  {good, pool(), noon},
		"no pool":                     {good, nil, noon},
		"no time":                     {good, anchors, time.Time{}},
		"another anchor":              {good, pool(other.certificate), noon},
		"leaf alone":                  {good[:1], anchors, noon},
		"the wrong way round":         {[]string{good[1], good[0]}, anchors, noon},
		"anchor in between":           {x5c(leaf, root.certificate, sub.certificate), anchors, noon},
		"one that does not belong":    {x5c(leaf, sub.certificate, other.certificate), anchors, noon},
		"one more than once":          {x5c(leaf, sub.certificate, sub.certificate), anchors, noon},
		"too early":                   {good, anchors, noon.Add(-2 * time.Hour)},
		"too late":                    {good, anchors, noon.Add(2 * time.Hour)},
		"expired leaf":                {x5c(sub.issue("leaf", key, short), sub.certificate), anchors, noon},
		"expired in between":          {x5c(root.authority("sub", short).issue("leaf", key), root.authority("sub", short).certificate), anchors, noon},
		"key for encryption":          {x5c(sub.issue("leaf", key, usage(x509.KeyUsageKeyAgreement)), sub.certificate), anchors, noon},
		"key without a use":           {x5c(sub.issue("leaf", key, usage(0)), sub.certificate), anchors, noon},
		"key of an authority":         {x5c(sub.authority("leaf", usage(x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature)).certificate, sub.certificate), anchors, noon},
		"issued by who may not":       {x5c(authority{t, notCA, sub.key}.issue("leaf", key), notCA), anchors, noon},
		"a name that it may not have": {x5c(constrained.issue("leaf", key), constrained.certificate), anchors, noon},
		"altered":                     {[]string{base64.StdEncoding.EncodeToString(altered), good[1]}, anchors, noon},
		"cut off":                     {[]string{base64.StdEncoding.EncodeToString(leaf.Raw[:len(leaf.Raw)-1]), good[1]}, anchors, noon},
		"with more after it":          {[]string{base64.StdEncoding.EncodeToString(append(slices.Clone(leaf.Raw), 0)), good[1]}, anchors, noon},
		"not base64":                  {[]string{"!" + good[0], good[1]}, anchors, noon},
		"base64url":                   {[]string{base64.RawURLEncoding.EncodeToString(append(slices.Clone(leaf.Raw), 0xff)), good[1]}, anchors, noon},
		"with a line break":           {[]string{good[0][:64] + "\n" + good[0][64:], good[1]}, anchors, noon},
		"not a certificate":           {[]string{"AAAA"}, anchors, noon},
		"empty":                       {[]string{""}, anchors, noon},
		"too long":                    {slices.Repeat(good[1:], 9), anchors, noon},
		"too large":                   {[]string{strings.Repeat("A", 32<<10)}, anchors, noon},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := did.VerifyX5C(c.x5c, c.anchors, c.now); !errors.Is(err, did.ErrCertificate) || got != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	if _, err := did.VerifyX5C(good, anchors, noon); err != nil {
		t.Errorf("the good one: %v", err)
	}
}
