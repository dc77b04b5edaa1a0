//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// envAlone says that a test is where there is no network but the machine itself.
const envAlone = "CHANCERY_TEST_ALONE"

// namesElsewhere begins a program for which names are known to a server that
// cannot be reached.
const namesElsewhere = `mount --bind "$0" /etc/resolv.conf && exec "$@"`

// alone tells whether t is in a network of its own. Otherwise it runs t in one,
// with t's result.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(envAlone) != "" {
		must(t, raiseLoopback())
		return true
	}
	names := filepath.Join(t.TempDir(), "resolv.conf")
	must(t, os.WriteFile(names, []byte("nameserver 192.0.2.53\noptions timeout:1 attempts:1\n"), 0o644))
	begin := []string{"-rnm", "sh", "-c", namesElsewhere, names}
	if out, err := exec.Command("unshare", append(begin, "true")...).CombinedOutput(); err != nil {
		t.Skipf("no network of one's own can be had here: unshare -rnm: %v: %s", err, out)
	}
	c := exec.Command("unshare", append(begin, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")...)
	c.Env = append(os.Environ(), envAlone+"=1")
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("in a network of its own: %v\n%s", err, out)
	}
	return false
}

// raiseLoopback lets the machine call itself: in a new network not even that goes
// (netdevice(7), struct ifreq).
func raiseLoopback() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP}
	copy(request.name[:], "lo")
	if _, _, code := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); code != 0 {
		return fmt.Errorf("raise the loopback interface: %w", code)
	}
	return nil
}

// counted is what the kernel counts in a network: what was to go where no way
// leads, connections that nobody took, and datagrams.
type counted struct{ noWay, notTaken, datagrams int }

// calls returns what was counted until now (proc_net(5); the names are those of
// RFC 4293, RFC 4022 and RFC 4113).
func calls(t *testing.T) counted {
	t.Helper()
	n := counters(t)
	return counted{n["Ip:OutNoRoutes"] + n["Ip6OutNoRoutes"], n["Tcp:AttemptFails"], n["Udp:OutDatagrams"] + n["Udp6OutDatagrams"]}
}

// counters reads /proc/net/snmp, which has lines in pairs, of names and of values,
// and /proc/net/snmp6, which has a name and a value in each.
func counters(t *testing.T) map[string]int {
	t.Helper()
	values := map[string]int{}
	both, err := os.ReadFile("/proc/net/snmp")
	must(t, err)
	lines := strings.Split(strings.TrimSpace(string(both)), "\n")
	for n := 0; n+1 < len(lines); n += 2 {
		names, numbers := strings.Fields(lines[n]), strings.Fields(lines[n+1])
		for i := 1; i < len(names); i++ {
			values[names[0]+names[i]], err = strconv.Atoi(numbers[i])
			must(t, err)
		}
	}
	six, err := os.ReadFile("/proc/net/snmp6")
	if errors.Is(err, os.ErrNotExist) { // a kernel without IPv6, by which nothing leaves
		return values
	}
	must(t, err)
	for line := range strings.Lines(string(six)) {
		fields := strings.Fields(line)
		values[fields[0]], err = strconv.Atoi(fields[1])
		must(t, err)
	}
	return values
}

// countsCalls: what is counted rises with each kind of call.
func countsCalls(t *testing.T) {
	closed := freeAddress(t)
	for name, call := range map[string]func() error{
		"an address":             func() error { return dialed("tcp4", "192.0.2.1:443") },
		"an address of IPv6":     func() error { return dialed("tcp6", "[2001:db8::1]:443") },
		"a port of this machine": func() error { return dialed("tcp4", closed) },
		"a name": func() error {
			_, err := net.DefaultResolver.LookupHost(t.Context(), "registry.example")
			return err
		},
	} {
		before := calls(t)
		if err := call(); err == nil || errors.Is(err, syscall.EAFNOSUPPORT) {
			t.Logf("%s cannot be tried: %v", name, err)
		} else if calls(t) == before {
			t.Errorf("%s is not counted: %v", name, err)
		}
	}
}

// dialTime is how long a call may take that goes nowhere.
const dialTime = time.Second

func dialed(network, address string) error {
	c, err := net.DialTimeout(network, address, dialTime)
	if err == nil {
		c.Close()
	}
	return err
}

// freeAddress is one on this machine at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}
