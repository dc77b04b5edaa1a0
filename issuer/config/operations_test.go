package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/config"
)

func TestOperations(t *testing.T) {
	c, err := config.Parse([]byte(least+"operations: {listen: \"127.0.0.1:9464\", disk_floor: 3GiB}\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Operations != (config.Operations{Listen: "127.0.0.1:9464", DiskFloor: 3 << 30}) {
		t.Errorf("%+v", c.Operations)
	}
}

func TestOperationsRefused(t *testing.T) {
	for operations, said := range map[string]string{
		`{listen: "0.0.0.0:9464"}`:          "other machines",
		`{listen: ":9464"}`:                 "other machines",
		`{listen: "192.0.2.1:9464"}`:        "other machines",
		`{listen: "registry.example:9464"}`: "other machines",
		`{listen: "127.0.0.1"}`:             "not an address and a port",
		`{listen: "127.0.0.1:8443"}`:        "the world is served on",
		`{disk_floor: 512}`:                 "not a size",
		`{disk_floor: 0MiB}`:                "not a size",
		`{disk_floor: -1MiB}`:               "not a size",
		`{disk_floor: 99999999TiB}`:         "not a size",
		`{disk_floor: 1.5GiB}`:              "not a size",
	} {
		_, err := config.Parse([]byte(least+"operations: "+operations+"\n"), "")
		if !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), said) {
			t.Errorf("%s: %v", operations, err)
		}
	}
}
