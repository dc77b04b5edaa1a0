package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
)

func TestSecrets(t *testing.T) {
	text := strings.Replace(least, "signing_key: signing.key", "signing_key: vault:transit/transit/issuer", 1) +
		"self_test: 1m\nvault:\n  address: https://vault.example:8200\n  app_role: {role_id: a, secret_id: systemd:b}\n"
	c, err := config.Parse([]byte(text), "/srv")
	if err != nil {
		t.Fatal(err)
	}
	if c.SelfTest.Std() != time.Minute || c.Vault.AppRole.Mount != "approle" || c.Folder() != "/srv" {
		t.Errorf("%+v %+v", c.SelfTest, c.Vault.AppRole)
	}
}

func TestSecretsRefused(t *testing.T) {
	const vault = "vault:\n  address: https://vault.example:8200\n"
	keyed := func(reference string) string {
		return strings.Replace(least, "signing_key: signing.key", "signing_key: '"+reference+"'", 1)
	}
	read := func(reference string) string {
		return strings.Replace(strings.Replace(least, "driver: sqlite", "driver: postgres", 1), "path: births.db", "dsn: dbname=a\n    password_file: '"+reference+"'", 1)
	}
	for name, c := range map[string]struct{ text, says string }{
		"an unknown kind":          {keyed("aws:kms"), "signing_key"},
		"a PIN in the URI":         {keyed("pkcs11:token=a;object=b?module-path=/x.so&pin-value=canary"), "a PIN is a secret"},
		"an incomplete password":   {read("systemd:"), "sources.births.password_file"},
		"a password in a token":    {read("pkcs11:token=a;object=b"), "a secret to read"},
		"a password in transit":    {read("vault:transit/a/b") + vault + "  token: a\n", "vault:kv/"},
		"a password in no Vault":   {read("vault:kv/a/b#c"), "say under vault"},
		"a client's in a token":    {least + "access:\n  issuers:\n    - {url: 'https://login.example', introspection: {url: 'https://login.example/i', client_id: a, secret_file: 'pkcs11:token=a;object=b'}}\n", "introspection.secret_file"},
		"two ways in":              {least + vault + "  token: a\n  app_role: {role_id: a, secret_id: b}\n", "one way"},
		"no way in":                {least + vault, "one way"},
		"no role":                  {least + vault + "  kubernetes: {jwt: a}\n", "role"},
		"no secret":                {least + vault + "  app_role: {role_id: a}\n", "secret_id"},
		"what opens Vault, inside": {least + vault + "  token: vault:kv/a/b#c\n", "cannot be in Vault"},
		"Vault in the clear":       {least + "vault:\n  address: http://vault.example\n  token: a\n", "https"},
		"Vault with a user":        {least + "vault:\n  address: https://canary@vault.example\n  token: a\n", "vault.address"},
		"tests without a pause":    {least + "self_test: 1s\n", "self_test"},
	} {
		_, err := config.Parse([]byte(c.text), "")
		if !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "pin-value=canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
