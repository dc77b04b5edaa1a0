// Package companies_test runs the commands of the README with the real
// programs, against the example's registry.
package companies_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// build puts the programs into a folder.
func build(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	out, err := exec.Command("go", "build", "-o", bin, "../../cmd/chancery", "../../cmd/chancery-verifier", "./registry").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// commands are the README's blocks of commands.
func commands(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, match := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(page, -1) {
		blocks = append(blocks, string(match[1]))
	}
	if len(blocks) != 3 || !strings.HasPrefix(blocks[1], "go run ./registry ") {
		t.Fatalf("the README has other commands than this test knows: %q", blocks)
	}
	return blocks
}

// place is a copy of the example, with the programs in reach.
type place struct {
	t        *testing.T
	bin, dir string
}

// run runs commands as a shell does, and wants them to end with a code.
func (p place) run(want int, script string) string {
	p.t.Helper()
	shell := exec.Command("sh", "-e", "-c", script)
	shell.Dir, shell.Env = p.dir, append(os.Environ(), "PATH="+p.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := shell.CombinedOutput()
	if got := shell.ProcessState.ExitCode(); got != want {
		p.t.Fatalf("%s\nends with %d, %v:\n%s", script, got, err, out)
	}
	return string(out)
}

// startRegistry serves the registry and returns its address and what stops it.
func (p place) startRegistry(listen string) (address string, stop func()) {
	p.t.Helper()
	registry := exec.Command(filepath.Join(p.bin, "registry"), "--folder", "work", "--listen", listen)
	registry.Dir = p.dir
	var log bytes.Buffer
	registry.Stderr = &log
	out, err := registry.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := registry.Start(); err != nil {
		p.t.Fatal(err)
	}
	stop = func() {
		_ = registry.Process.Signal(os.Interrupt)
		kill := time.AfterFunc(10*time.Second, func() { _ = registry.Process.Kill() })
		defer kill.Stop()
		_ = registry.Wait() // it may be stopped already
	}
	p.t.Cleanup(stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.t.Fatalf("the registry does not start: %v\n%s", err, &log)
	}
	return strings.TrimSpace(line[strings.Index(line, "https://"):]), stop
}

// replace changes a text of the configuration, which must be there.
func (p place) replace(old, with string) {
	p.t.Helper()
	path := filepath.Join(p.dir, "work", "chancery.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(old)) {
		p.t.Fatalf("the configuration does not say %s", old)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(data, []byte(old), []byte(with)), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// subjects returns what the credentials say, by company.
func (p place) subjects() map[string]map[string]any {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "work", "credentials", "[^.]*.json"))
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
	blocks := commands(t)
	p := place{t, build(t), t.TempDir()}
	for _, name := range []string{"chancery.yaml", "context.jsonld"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(p.dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.run(0, blocks[0])
	address, stop := p.startRegistry("127.0.0.1:0")
	p.replace("https://127.0.0.1:8450/v1", address)
	said := p.run(0, blocks[2])
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
	if said := p.run(0, "cd work && chancery check"); !strings.Contains(said, "/beneficial_owners/*/home") || !strings.Contains(said, "/tax_arrears") || strings.Contains(said, "Test Street") {
		t.Errorf("check does not tell what the registry sends too much:\n%s", said)
	}
	p.replace("allow_wide_source: true", "allow_wide_source: false")
	if said := p.run(2, "cd work && chancery check"); !strings.Contains(said, "/tax_arrears") {
		t.Errorf("it does not say why:\n%s", said)
	}
	stop()
	if said := p.run(2, "cd work && chancery check"); !strings.Contains(said, "source unavailable") {
		t.Errorf("the registry is away, and it does not say so:\n%s", said)
	}
}
