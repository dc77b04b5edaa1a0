// Package companies_test runs the commands of the README with the real
// programs, against the example's registry.
package companies_test

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/readmetest"
)

// The README's blocks of commands, in their order. The test starts the registry
// by itself, at a port of its own.
const (
	prepare = iota
	startRegistry
	issue
	blockCount
)

// example is the copy that the test works in.
type example struct {
	*readmetest.Example
	t *testing.T
}

func setUp(t *testing.T) example {
	t.Helper()
	return example{readmetest.SetUp(t, readmetest.Setup{
		Builds: []string{"../../cmd/chancery", "../../cmd/chancery-verifier", "./registry"},
		Files:  []string{"chancery.yaml", "context.jsonld"},
		Blocks: blockCount,
	}), t}
}

// startRegistry serves the registry and returns its address and what stops it.
func (p example) startRegistry() (address string, stop func()) {
	p.t.Helper()
	registry := p.Shell("exec registry --folder work --listen 127.0.0.1:0")
	var log bytes.Buffer
	registry.Stderr = &log
	out, err := registry.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	stop = p.Start(registry)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.t.Fatalf("the registry does not start: %v\n%s", err, &log)
	}
	return strings.TrimSpace(line[strings.Index(line, "https://"):]), stop
}

// replace changes a text of the configuration, which must be there.
func (p example) replace(old, with string) {
	p.t.Helper()
	const name = "work/chancery.yaml"
	text := p.Read(name)
	if !strings.Contains(text, old) {
		p.t.Fatalf("the configuration does not say %s", old)
	}
	p.Write(name, strings.ReplaceAll(text, old, with))
}

// subjects returns what the credentials say, by company.
func (p example) subjects() map[string]map[string]any {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.Dir, "work", "credentials", "[^.]*.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, withheld := range []string{"owner", "born", "home", "tax", "arrears", "Karen", "Vestergade"} {
			if bytes.Contains(data, []byte(withheld)) {
				p.t.Errorf("%s has %s in it", file, withheld)
			}
		}
		var credential struct {
			Subject map[string]any `json:"credentialSubject"`
		}
		if err := json.Unmarshal(data, &credential); err != nil {
			p.t.Fatal(err)
		}
		number, _ := credential.Subject["companyNumber"].(string)
		delete(credential.Subject, "companyNumber")
		delete(credential.Subject, "id")
		all[number] = credential.Subject
	}
	return all
}

func TestREADME(t *testing.T) {
	p := setUp(t)
	p.Run(0, p.Blocks[prepare])
	address, stop := p.startRegistry()
	p.replace("https://127.0.0.1:8450/v1", address)
	said := p.Run(0, p.Blocks[issue])
	if !strings.Contains(said, "no catalog of rights") || strings.Contains(said, "more than the scope") {
		t.Errorf("check does not say what is known of the API:\n%s", said)
	}
	want := map[string]map[string]any{
		"00000000": {"name": "Test Company", "registerStatus": "registered", "incorporated": "2000-01-01", "shareCapital": "1.00", "currency": "EUR", "city": "Nowhere", "country": "XX"},
		"10004711": {
			"name": "Ærø Skibsværft A/S", "registerStatus": "registered", "incorporated": "1908-04-23", "shareCapital": "9007199254740993.10", "currency": "DKK",
			"city": "Ærøskøbing", "country": "DK", "website": "https://skibsvaerft.example",
		},
		"10004712": {"name": "東京精密株式会社", "registerStatus": "registered", "incorporated": "1949-03-28", "shareCapital": "11000000000", "currency": "JPY", "city": "八王子市", "country": "JP"},
		"10004713": {"name": "Zieliński & Synowie sp. z o.o.", "registerStatus": "in liquidation", "incorporated": "2011-11-11", "shareCapital": "5000.00", "currency": "PLN", "city": "Łódź", "country": "PL"},
		"10004715": {"name": "شركة النور", "registerStatus": "registered", "incorporated": "2020-02-29", "shareCapital": "1e6", "currency": "AED", "city": "دبي", "country": "AE", "website": ""},
		"10004716": {"name": `O'Hara "Bros" <Partners>`, "registerStatus": "registered", "incorporated": "1987-06-05"},
	}
	if diff := cmp.Diff(want, p.subjects()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	p.replace("?fields=name,status,incorporated,capital,seat,website", "")
	if said := p.Run(0, "cd work && chancery check"); !strings.Contains(said, "/beneficial_owners/*/home") || !strings.Contains(said, "/tax_arrears") || strings.Contains(said, "Test Street") {
		t.Errorf("check does not tell what the registry sends too much:\n%s", said)
	}
	p.replace("allow_wide_source: true", "allow_wide_source: false")
	if said := p.Run(2, "cd work && chancery check"); !strings.Contains(said, "/tax_arrears") {
		t.Errorf("it does not say why:\n%s", said)
	}
	stop()
	if said := p.Run(2, "cd work && chancery check"); !strings.Contains(said, "source unavailable") {
		t.Errorf("the registry is away, and it does not say so:\n%s", said)
	}
}
