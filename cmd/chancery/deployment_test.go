package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"github.com/chancery-vc/chancery/issuer/config"
)

// deployment is a file of docs/operations.
func deployment(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations", name))
	must(t, err)
	return string(data)
}

// parseArgs wants the program to understand a command line, and returns the
// configuration that it names.
func parseArgs(t *testing.T, args ...string) string {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.BindTo(t.Context(), (*context.Context)(nil)), kong.Exit(func(int) {}))
	must(t, err)
	parsed, err := parser.Parse(args)
	if err != nil {
		t.Errorf("chancery %v: %v", args, err)
		return ""
	}
	for _, flag := range parsed.Flags() {
		if flag.Name == "config" {
			return flag.Target.String()
		}
	}
	t.Errorf("chancery %v has no configuration", args)
	return ""
}

// credentials are the names behind systemd: in a configuration.
func credentials(text string) (names []string) {
	for _, m := range regexp.MustCompile(`systemd:(\S+)`).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return names
}

// unit are the settings of a unit, by name, in order.
func unit(text string) map[string][]string {
	settings := map[string][]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if ok && !strings.HasPrefix(line, "#") {
			settings[name] = append(settings[name], value)
		}
	}
	return settings
}

// TestUnit: the unit of systemd fits the program and the configuration that goes
// with it, and lets the service do no more than it needs.
func TestUnit(t *testing.T) {
	settings, text := unit(deployment(t, "chancery.service")), deployment(t, "chancery.yaml")
	start := strings.Fields(settings["ExecStart"][0])
	if file := parseArgs(t, start[1:]...); start[0] != "/usr/local/bin/chancery" || filepath.Base(file) != "chancery.yaml" {
		t.Errorf("it runs %v", start)
	}
	loaded, err := config.Parse([]byte(text), "/etc/chancery")
	must(t, err)
	if state := loaded.Path(loaded.State); state != "/var/lib/"+settings["StateDirectory"][0] {
		t.Errorf("the state is %s, and the unit gives it %s", state, settings["StateDirectory"])
	}
	var given []string
	for _, value := range settings["LoadCredential"] {
		name, path, _ := strings.Cut(value, ":")
		if path != "/etc/chancery/secrets/"+name {
			t.Errorf("%s is read from %s", name, path)
		}
		given = append(given, name)
	}
	slices.Sort(given)
	if wanted := credentials(text); !slices.Equal(given, wanted) || len(given) != 2 {
		t.Errorf("the unit gives %v, and the configuration wants %v", given, wanted)
	}
	for name, want := range map[string]string{
		"User": "chancery", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes",
		"MemoryDenyWriteExecute": "yes", "CapabilityBoundingSet": "", "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "StateDirectoryMode": "0700",
		"LimitCORE": "0", "UMask": "0077", "Restart": "on-failure",
		"ExecReload": "/bin/kill -HUP $MAINPID", // see TestChangedUnderLoad
	} {
		if got := settings[name]; !slices.Equal(got, []string{want}) {
			t.Errorf("%s is %v, not %s", name, got, want)
		}
	}
	if got := settings["SystemCallFilter"]; !slices.Equal(got, []string{"@system-service", "~@privileged @resources"}) {
		t.Errorf("system calls: %v", got)
	}
	analyze(t)
}

// analyze asks systemd itself, where there is one.
func analyze(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Log("there is no systemd-analyze here to ask as well")
		return
	}
	file := filepath.Join(t.TempDir(), "chancery.service")
	text := strings.Replace(deployment(t, "chancery.service"), "/usr/local/bin/chancery", os.Args[0], 1) // it wants the program to be there
	must(t, os.WriteFile(file, []byte(text), 0o600))
	if out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", file).CombinedOutput(); err != nil || bytes.Contains(out, []byte(file)) {
		t.Errorf("systemd-analyze verify: %v: %s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--threshold=15", file).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v: %s", err, out)
	}
}

// object is a part of a manifest.
type object map[string]any

// at returns what is at a path of members and positions; nil if nothing is.
func (o object) at(path ...any) any {
	var value any = map[string]any(o)
	for _, step := range path {
		switch s := step.(type) {
		case string:
			members, _ := value.(map[string]any)
			value = members[s]
		case int:
			items, _ := value.([]any)
			if s >= len(items) {
				return nil
			}
			value = items[s]
		}
	}
	return value
}

// list returns the objects at a path.
func (o object) list(path ...any) (list []object) {
	items, _ := o.at(path...).([]any)
	for _, item := range items {
		if members, ok := item.(map[string]any); ok {
			list = append(list, members)
		}
	}
	return list
}

// words returns the texts at a path.
func (o object) words(path ...any) (words []string) {
	items, _ := o.at(path...).([]any)
	for _, item := range items {
		words = append(words, fmt.Sprint(item))
	}
	return words
}

// manifests returns the objects of kubernetes.yaml by kind.
func manifests(t *testing.T) map[string]object {
	t.Helper()
	found := map[string]object{}
	decoder := yaml.NewDecoder(strings.NewReader(deployment(t, "kubernetes.yaml")))
	for {
		var o object
		err := decoder.Decode(&o)
		if errors.Is(err, io.EOF) {
			return found
		}
		must(t, err)
		kind := fmt.Sprint(o.at("kind"))
		if found[kind] != nil {
			t.Errorf("two of kind %s", kind)
		}
		found[kind] = o
	}
}

// TestKubernetes: the manifests fit the program, the image, each other and the
// configuration in them.
func TestKubernetes(t *testing.T) {
	all := manifests(t)
	pod := object(all["StatefulSet"].at("spec", "template", "spec").(map[string]any))
	container := pod.list("containers")[0]
	for _, probe := range []string{"startupProbe", "readinessProbe"} {
		command := container.words(probe, "exec", "command")
		if parseArgs(t, command[1:]...); command[0] != "/chancery" || command[1] != "ready" {
			t.Errorf("%s runs %v", probe, command)
		}
	}
	file := parseArgs(t, container.words("args")...)
	text := fmt.Sprint(all["ConfigMap"].at("data", filepath.Base(file)))
	loaded, err := config.Parse([]byte(text), filepath.Dir(file))
	must(t, err)
	mounts := map[string]object{}
	for _, mount := range container.list("volumeMounts") {
		mounts[fmt.Sprint(mount.at("mountPath"))] = mount
	}
	for path, writes := range map[string]bool{
		filepath.Dir(file): false, filepath.Dir(loaded.TLS.Certificate): false, filepath.Dir(loaded.TLS.Key): false,
		fmt.Sprint(container.list("env")[0].at("value")): false, filepath.Dir(loaded.Path(loaded.State)): true, "/tmp": true,
	} {
		if mount := mounts[path]; mount == nil || (mount.at("readOnly") != true) != writes {
			t.Errorf("%s is mounted as %v; it is to be written: %v", path, mount, writes)
		}
	}
	testSecretsMounted(t, pod, container, text)
	testPorts(t, all, container, loaded)
	testConfined(t, pod, container)
	for _, kind := range []string{"Service", "NetworkPolicy"} {
		selector := all[kind].at("spec", "selector")
		if kind == "NetworkPolicy" {
			selector = all[kind].at("spec", "podSelector", "matchLabels")
		}
		if labels := all["StatefulSet"].at("spec", "template", "metadata", "labels"); fmt.Sprint(selector) != fmt.Sprint(labels) {
			t.Errorf("%s is for %v, not %v", kind, selector, labels)
		}
	}
}

// testSecretsMounted: what the configuration names is mounted where the program
// looks, with a mode that it takes.
func testSecretsMounted(t *testing.T, pod, container object, config string) {
	if name := container.list("env")[0].at("name"); name != "CREDENTIALS_DIRECTORY" {
		t.Errorf("the first variable is %v", name)
	}
	var given []string
	for _, volume := range pod.list("volumes") {
		for _, item := range volume.list("secret", "items") {
			given = append(given, fmt.Sprint(item.at("path")))
		}
		if mode := volume.at("secret", "defaultMode"); volume.at("secret") != nil && fmt.Sprint(mode) != "288" { // 0440
			t.Errorf("%v has mode %v", volume.at("name"), mode)
		}
	}
	slices.Sort(given)
	if wanted := credentials(config); !slices.Equal(given, wanted) || len(given) != 2 {
		t.Errorf("mounted are %v, and the configuration wants %v", given, wanted)
	}
}

// testPorts: who comes in gets to where it is served, and to nothing else.
func testPorts(t *testing.T, all map[string]object, container object, loaded *config.Config) {
	port := container.list("ports")[0]
	if listen := fmt.Sprintf("0.0.0.0:%v", port.at("containerPort")); loaded.Listen != listen {
		t.Errorf("it listens on %s, and the container has %s", loaded.Listen, listen)
	}
	for where, name := range map[string]any{
		"service": all["Service"].list("spec", "ports")[0].at("targetPort"), "network policy": all["NetworkPolicy"].list("spec", "ingress")[0].list("ports")[0].at("port"),
	} {
		if name != port.at("name") {
			t.Errorf("%s leads to port %v", where, name)
		}
	}
	if policies := all["NetworkPolicy"].words("spec", "policyTypes"); !slices.Equal(policies, []string{"Ingress", "Egress"}) {
		t.Errorf("the network policy is for %v", policies)
	}
}

// testConfined: the container can do no more than it needs.
func testConfined(t *testing.T, pod, container object) {
	user, _, _ := strings.Cut(image(t)["USER"], ":")
	for name, got := range map[string]bool{
		"root":               pod.at("securityContext", "runAsNonRoot") == true,
		"the image's user":   fmt.Sprint(pod.at("securityContext", "runAsUser")) == user,
		"seccomp":            pod.at("securityContext", "seccompProfile", "type") == "RuntimeDefault",
		"root file system":   container.at("securityContext", "readOnlyRootFilesystem") == true,
		"more privileges":    container.at("securityContext", "allowPrivilegeEscalation") == false,
		"capabilities":       slices.Equal(container.words("securityContext", "capabilities", "drop"), []string{"ALL"}),
		"token of the pod":   pod.at("automountServiceAccountToken") == false,
		"limit of memory":    container.at("resources", "limits", "memory") != nil,
		"time to end within": fmt.Sprint(pod.at("terminationGracePeriodSeconds")) == "30",
	} {
		if !got {
			t.Errorf("%s: not as it must be", name)
		}
	}
}

// image are the instructions of the Containerfile, each of which it has once.
func image(t *testing.T) map[string]string {
	t.Helper()
	instructions := map[string]string{}
	for line := range strings.Lines(deployment(t, "Containerfile")) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if instructions[name] != "" {
			t.Errorf("two of %s", name)
		}
		instructions[name] = value
	}
	return instructions
}

// TestImage: there is nothing in the image but the program, which an account
// that nobody knows runs, with the configuration where it is mounted.
func TestImage(t *testing.T) {
	instructions := image(t)
	file := "/config/chancery.yaml"
	for name, want := range map[string]string{
		"FROM": "scratch", "COPY": "--chmod=0555 chancery /chancery", "USER": "65532:65532",
		"ENV": "CHANCERY_CONFIG=" + file, "ENTRYPOINT": `["/chancery"]`, "CMD": `["serve"]`,
	} {
		if instructions[name] != want {
			t.Errorf("%s is %s, not %s", name, instructions[name], want)
		}
	}
	t.Setenv("CHANCERY_CONFIG", file)
	if got := parseArgs(t, "serve"); got != file || len(instructions) != 6 {
		t.Errorf("it reads %s, and has %d instructions", got, len(instructions))
	}
}
