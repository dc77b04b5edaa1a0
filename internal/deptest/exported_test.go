package deptest

import (
	"go/types"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// TestExportedSignatures: no exported declaration of a public package names a
// type of a library that may be exchanged, or one that others cannot import.
func TestExportedSignatures(t *testing.T) {
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps | packages.NeedSyntax | packages.NeedTypesInfo,
	}, module+"/schemas/...", module+"/verifier/...", module+"/wallet/...", module+"/issuer/...")
	if err != nil {
		t.Fatal(err)
	}
	if packages.PrintErrors(loaded) > 0 {
		t.Fatal("the packages do not load")
	}
	for _, p := range loaded {
		if strings.Contains(p.PkgPath, "/internal/") {
			continue
		}
		for _, name := range p.Types.Scope().Names() {
			object := p.Types.Scope().Lookup(name)
			if object.Exported() {
				checkObject(t, p.PkgPath, object)
			}
		}
	}
}

func checkObject(t *testing.T, path string, object types.Object) {
	check := func(name string, typ types.Type) {
		if named := forbidden(typ, map[types.Type]bool{}); named != "" {
			t.Errorf("%s.%s names %s", path, name, named)
		}
	}
	check(object.Name(), object.Type())
	named, ok := object.Type().(*types.Named)
	if _, isType := object.(*types.TypeName); !ok || !isType {
		return
	}
	check(object.Name(), named.Underlying())
	for method := range named.Methods() {
		if method.Exported() {
			check(object.Name()+"."+method.Name(), method.Type())
		}
	}
}

// forbidden returns the first type within typ, as a caller sees it, that no
// exported declaration may name, or "".
func forbidden(typ types.Type, seen map[types.Type]bool) string {
	if seen[typ] {
		return ""
	}
	seen[typ] = true
	switch typ := typ.(type) {
	case *types.Named:
		if p := typ.Obj().Pkg(); p != nil && forbiddenPackage(p.Path()) {
			return p.Path() + "." + typ.Obj().Name()
		}
	case *types.Pointer:
		return forbidden(typ.Elem(), seen)
	case *types.Slice:
		return forbidden(typ.Elem(), seen)
	case *types.Array:
		return forbidden(typ.Elem(), seen)
	case *types.Chan:
		return forbidden(typ.Elem(), seen)
	case *types.Map:
		return forbidden(typ.Key(), seen) + forbidden(typ.Elem(), seen)
	case *types.Signature:
		return forbidden(typ.Params(), seen) + forbidden(typ.Results(), seen)
	case *types.Tuple:
		for v := range typ.Variables() {
			if found := forbidden(v.Type(), seen); found != "" {
				return found
			}
		}
	case *types.Struct:
		for f := range typ.Fields() {
			if f.Exported() || f.Embedded() {
				if found := forbidden(f.Type(), seen); found != "" {
					return found
				}
			}
		}
	case *types.Interface:
		for m := range typ.ExplicitMethods() {
			if found := forbidden(m.Type(), seen); found != "" {
				return found
			}
		}
	}
	return ""
}

func forbiddenPackage(path string) bool {
	return within(path, gin, jsonGold, bbolt, aries, module+"/internal")
}
