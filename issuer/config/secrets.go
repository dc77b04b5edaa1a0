package config

import (
	"maps"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/secret"
)

// Vault says where HashiCorp Vault or OpenBao is, and how to log in there: by
// one of Token, AppRole and Kubernetes. Whoever runs it can sign as the issuer,
// and read the register, if the keys and the password are there.
type Vault struct {
	// Address is where it is, such as https://vault.example:8200; http only to
	// an agent on this machine.
	Address string `yaml:"address"`
	// Namespace is empty for none.
	Namespace string `yaml:"namespace"`
	// CA is a file of the authorities, PEM, that its certificate must come from,
	// and no others. Default: the system's.
	CA string `yaml:"ca"`
	// Token is a reference to a token, which is read again when it is refused.
	Token string `yaml:"token"`
	// AppRole logs in with a role and a secret of its own.
	AppRole *AppRole `yaml:"app_role"`
	// Kubernetes logs in with the token of a service account.
	Kubernetes *KubernetesRole `yaml:"kubernetes"`
}

// AppRole is a login of a machine.
type AppRole struct {
	// Mount is where the login is in Vault. Default: approle.
	Mount string `yaml:"mount"`
	// RoleID is no secret by itself.
	RoleID string `yaml:"role_id"`
	// SecretID is a reference to the role's secret.
	SecretID string `yaml:"secret_id"`
}

// KubernetesRole is a login of a service account.
type KubernetesRole struct {
	// Mount is where the login is in Vault. Default: kubernetes.
	Mount string `yaml:"mount"`
	// Role is the role to have.
	Role string `yaml:"role"`
	// JWT is a reference to the account's token.
	JWT string `yaml:"jwt"`
}

// minSelfTest keeps self-tests from being all that a key does.
const minSelfTest = 10 * time.Second

func (c *Config) setSecretDefaults() {
	setDefault(&c.SelfTest, Duration(5*time.Minute))
	if c.Vault != nil && c.Vault.AppRole != nil {
		setDefault(&c.Vault.AppRole.Mount, "approle")
	}
	if c.Vault != nil && c.Vault.Kubernetes != nil {
		setDefault(&c.Vault.Kubernetes.Mount, "kubernetes")
	}
}

// checkSecrets looks at every reference; nothing is read.
func (c *Config) checkSecrets() error {
	if c.SelfTest.Std() < minSelfTest {
		return invalid("self_test", "it must be at least %s", minSelfTest)
	}
	for where, text := range map[string]string{"signing_key": c.SigningKey, "selective_key": c.SelectiveKey} {
		if text == "" {
			continue
		}
		if err := key.Check(text); err != nil {
			return invalid(where, "%v", err)
		}
	}
	readable := map[string]string{}
	for name, s := range c.Sources {
		readable["sources."+name+".password_file"] = s.PasswordFile
		if s.HTTP != nil {
			readable["sources."+name+".http.token_file"] = s.HTTP.TokenFile
			readable["sources."+name+".http.key"] = s.HTTP.Key
		}
	}
	if c.SharedState != nil {
		readable["shared_state.password_file"] = c.SharedState.PasswordFile
	}
	for _, t := range c.Access.Issuers {
		if t.Introspection != nil {
			readable["access.issuers, "+t.URL+": introspection.secret_file"] = t.Introspection.SecretFile
		}
	}
	for _, a := range c.Anchors {
		readable["anchors."+a.Name+".secret_key_file"] = a.SecretKeyFile
	}
	if err := c.Vault.check(readable); err != nil {
		return err
	}
	for _, where := range slices.Sorted(maps.Keys(readable)) {
		if err := c.checkReadable(where, readable[where]); err != nil {
			return err
		}
	}
	return nil
}

// checkReadable wants a reference to what can be read.
func (c *Config) checkReadable(where, text string) error {
	if text == "" {
		return nil
	}
	r, err := secret.Parse(text)
	if err != nil {
		return invalid(where, "%v", err)
	}
	if r.Kind == secret.PKCS11 {
		return invalid(where, "a token of PKCS #11 has keys, and this is a secret to read")
	}
	if r.Kind != secret.Vault {
		return nil
	}
	if in, _ := r.Vault(); in.Engine != secret.EngineKV {
		return invalid(where, "the transit engine of Vault has keys, and this is a secret to read: it is at vault:kv/…")
	}
	if c.Vault == nil {
		return invalid(where, "it is in Vault: say under vault where that is")
	}
	return nil
}

// check adds what logs in to what must be readable.
func (v *Vault) check(readable map[string]string) error {
	if v == nil {
		return nil
	}
	u, err := url.Parse(v.Address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" {
		return invalid("vault.address", "%.200q is not an address such as https://vault.example:8200", v.Address)
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && !ip.IsLoopback()) {
		return invalid("vault.address", "it must be https; http goes only to an agent on this machine")
	}
	logins := map[string]string{"token": v.Token}
	ways := 0
	if v.AppRole != nil {
		logins["app_role.secret_id"] = v.AppRole.SecretID
		ways++
	}
	if v.Kubernetes != nil {
		logins["kubernetes.jwt"] = v.Kubernetes.JWT
		ways++
	}
	if v.Token != "" {
		ways++
	}
	if ways != 1 {
		return invalid("vault", "say one way to log in: token, app_role or kubernetes")
	}
	for name, text := range logins {
		if name != "token" && text == "" {
			return invalid("vault."+name, "it is missing")
		}
		if r, err := secret.Parse(text); err == nil && r.Kind == secret.Vault {
			return invalid("vault."+name, "what opens Vault cannot be in Vault")
		}
		readable["vault."+name] = text
	}
	return v.checkRoles()
}

func (v *Vault) checkRoles() error {
	if a := v.AppRole; a != nil && (a.RoleID == "" || !name.MatchString(a.Mount)) {
		return invalid("vault.app_role", "it needs a role_id, and a mount of letters, digits, - and _")
	}
	if k := v.Kubernetes; k != nil && (k.Role == "" || !name.MatchString(k.Mount)) {
		return invalid("vault.kubernetes", "it needs a role, and a mount of letters, digits, - and _")
	}
	return nil
}

// Folder is what paths of the configuration are relative to.
func (c *Config) Folder() string { return c.folder }
