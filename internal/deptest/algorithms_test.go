package deptest

import (
	"errors"
	"go/types"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/packages"

	"github.com/chancery-vc/chancery/internal/multikey"
)

// Each algorithm that a dependency knows was allowed or refused, with a reason.
// One that appears with a new version of the dependency fails here until
// somebody decides; so does one that is used although it was refused.

// load loads packages with what mode adds to their names.
func load(t *testing.T, mode packages.LoadMode, patterns ...string) []*packages.Package {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{Mode: packages.NeedName | mode}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded) == 0 || packages.PrintErrors(loaded) > 0 {
		t.Fatalf("%v do not load", patterns)
	}
	return loaded
}

// isA tells whether object is an exported constant of the type called name, or
// a function that returns one and takes nothing. No name stands for any type of
// constant.
func isA(object types.Object, name string) bool {
	if !object.Exported() || object.Pkg() == nil || object.Parent() != object.Pkg().Scope() {
		return false
	}
	switch object := object.(type) {
	case *types.Const:
		return name == "" || typeName(object.Type()) == name
	case *types.Func:
		signature := object.Signature()
		return name != "" && signature.Params().Len() == 0 && signature.Results().Len() == 1 && typeName(signature.Results().At(0).Type()) == name
	}
	return false
}

func typeName(t types.Type) string {
	if named, ok := t.(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

// known returns the algorithms of a package: what isA finds in it.
func known(t *testing.T, path, typeName string) []string {
	t.Helper()
	scope := load(t, packages.NeedTypes, path)[0].Types.Scope()
	var names []string
	for _, name := range scope.Names() {
		if isA(scope.Lookup(name), typeName) {
			names = append(names, name)
		}
	}
	return names
}

const withSyntax = packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedImports

// referred returns the algorithms of a package to which loaded refer.
func referred(loaded []*packages.Package, path, typeName string) []string {
	found := map[string]bool{}
	for _, p := range loaded {
		for _, object := range p.TypesInfo.Uses {
			if object.Pkg() != nil && object.Pkg().Path() == path && isA(object, typeName) {
				found[object.Name()] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// wantDecided wants each of known to have been decided, with a reason, and
// nothing else.
func wantDecided(t *testing.T, known []string, decided map[string]decision) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(known)), slices.Sorted(maps.Keys(decided))); diff != "" {
		t.Errorf("known (-) and decided (+) differ: allow or refuse it in decisions_test.go, with the reason:\n%s", diff)
	}
	for name, d := range decided {
		if d.why == "" {
			t.Errorf("%s was decided without a reason", name)
		}
	}
}

// wantUsed wants used to be what was allowed: a decision that nothing follows
// is none.
func wantUsed(t *testing.T, used []string, decided map[string]decision) {
	t.Helper()
	var allowed []string
	for name, d := range decided {
		if d.allowed {
			allowed = append(allowed, name)
		}
	}
	slices.Sort(allowed)
	if diff := cmp.Diff(allowed, used); diff != "" {
		t.Errorf("allowed (-) and used (+) differ: decide again in decisions_test.go:\n%s", diff)
	}
}

func TestAlgorithms(t *testing.T) {
	ours := slices.DeleteFunc(load(t, withSyntax, module+"/..."), func(p *packages.Package) bool { return testOnly(p.PkgPath) })
	for _, c := range []struct {
		path, typeName string
		decided        map[string]decision
	}{
		{jose, "SignatureAlgorithm", joseSignatures},
		{jose, "KeyAlgorithm", joseKeys},
		{jose, "ContentEncryption", joseContents},
		{jose, "CompressionAlgorithm", joseCompressions},
		{cose, "Algorithm", coseSignatures},
		{mldsa, "Parameters", mldsaParameters},
		{"crypto", "Hash", hashes},
		{"crypto/elliptic", "Curve", ellipticCurves},
		{"crypto/ecdh", "Curve", ecdhCurves},
		{multibase, "", multibases},
	} {
		t.Run(c.path+" "+c.typeName, func(t *testing.T) {
			wantDecided(t, known(t, c.path, c.typeName), c.decided)
			wantUsed(t, referred(ours, c.path, c.typeName), c.decided)
		})
	}
}

// TestJOSECurves: go-jose has no names for the curves of keys; it refers to
// those of the standard library.
func TestJOSECurves(t *testing.T) {
	curves := referred(load(t, withSyntax, jose), "crypto/elliptic", "Curve")
	curves = append(curves, referred(load(t, withSyntax, jose), "crypto/ecdh", "Curve")...)
	wantDecided(t, curves, joseCurves)
}

func TestCryptoPackages(t *testing.T) {
	out, err := exec.Command("go", "list", "std").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []string
	for _, path := range strings.Fields(string(out)) {
		if name, ok := strings.CutPrefix(path, "crypto/"); ok && !strings.Contains(path, "internal") {
			all = append(all, name)
		}
	}
	wantDecided(t, all, cryptoPackages)
	used := map[string]bool{}
	for _, p := range list(t, direct) {
		for _, path := range p.imports {
			if name, ok := strings.CutPrefix(path, "crypto/"); ok && !testOnly(p.path) {
				used[name] = true
			}
		}
	}
	wantUsed(t, slices.Sorted(maps.Keys(used)), cryptoPackages)
}

// TestMulticodecKeys tries every number of multicodec that a key could have:
// multikey takes those that were allowed, and no other. It wants more than no
// bytes of those that it takes.
func TestMulticodecKeys(t *testing.T) {
	const beyond = 0x20_000
	var taken, allowed []uint64
	for code := range uint64(beyond) {
		switch key, err := multikey.FromRaw(code, nil); {
		case err == nil:
			t.Errorf("%#x: no bytes are the key %v", code, key)
		case errors.Is(err, multikey.ErrLength):
			taken = append(taken, code)
		}
	}
	for code, d := range multicodecKeys {
		if d.allowed {
			allowed = append(allowed, code)
		}
		if d.why == "" || code >= beyond {
			t.Errorf("%#x was decided without a reason, or is not tried", code)
		}
	}
	slices.Sort(allowed)
	if diff := cmp.Diff(allowed, taken); diff != "" {
		t.Errorf("allowed (-) and taken (+) differ: decide again in decisions_test.go:\n%s", diff)
	}
}
