package config

import (
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
)

// Operations are the terms of looking after the running issuer.
type Operations struct {
	// Listen is the address and port for probes and metrics, without TLS:
	// /livez, /readyz and /metrics. It is one that this machine alone can reach,
	// such as 127.0.0.1:9464. Whoever reaches it learns the names of sources and
	// anchors and how much is asked, and nothing of a record or a caller.
	// Default: none; the operator's socket has the three in any case.
	Listen string `yaml:"listen"`
	// DiskFloor is how much room the disk of State must have, such as 2GiB, for
	// the issuer to be ready. Default 512MiB.
	DiskFloor Size `yaml:"disk_floor"`
}

func (c *Config) setOperationsDefaults() { setDefault(&c.Operations.DiskFloor, 512<<20) }

func (c *Config) checkOperations() error {
	listen := c.Operations.Listen
	if listen == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return invalid("operations.listen", "%q is not an address and a port, such as 127.0.0.1:9464", listen)
	}
	if ip := net.ParseIP(host); !ip.IsLoopback() {
		return invalid("operations.listen", "%s can be reached from other machines, and nobody is asked there who they are; use 127.0.0.1 or [::1]", listen)
	}
	if listen == c.Listen {
		return invalid("operations.listen", "%s is what listen has, which the world is served on", listen)
	}
	return nil
}

// Size is a number of bytes in a configuration: a whole number of KiB, MiB, GiB
// or TiB, such as 512MiB.
type Size uint64

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	for unit, shift := range map[string]int{"KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40} {
		number, ok := strings.CutSuffix(string(text), unit)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil || n == 0 || n > math.MaxInt64>>shift {
			break
		}
		*s = Size(n << shift)
		return nil
	}
	return fmt.Errorf("%q is not a size, such as 512MiB or 2GiB", text)
}
