// Command server is HashiCorp Vault as its own packages have it: its core over
// storage in memory, with the engines and logins that the issuer uses, and its
// HTTP API over TLS on a loopback port. It is neither initialized nor unsealed;
// whoever starts it does that through the API, and all else.
//
// It writes its address in a line, and ends when its standard input does.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/hashicorp/go-hclog"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/builtin/logical/transit"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: server CERTIFICATE KEY")
	}
	if err := serve(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func serve(certificate, key string) error {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		return err
	}
	handler, err := handler(listener)
	if err != nil {
		return err
	}
	go func() { log.Fatal(http.Serve(listener, handler)) }()
	fmt.Println(listener.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func handler(listener net.Listener) (http.Handler, error) {
	logger := hclog.NewNullLogger()
	storage, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return nil, err
	}
	core, err := vault.NewCore(&vault.CoreConfig{
		Physical:           storage,
		Logger:             logger,
		DisableMlock:       true,
		BuiltinRegistry:    nothingMore{},
		LogicalBackends:    map[string]logical.Factory{"kv": kv.Factory, "transit": transit.Factory},
		CredentialBackends: map[string]logical.Factory{"approle": approle.Factory},
	})
	if err != nil {
		return nil, err
	}
	return vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core, ListenerConfig: &configutil.Listener{Address: listener.Addr().String()}}), nil
}

// nothingMore are the plugins beside those that the core is given: none.
type nothingMore struct{}

func (nothingMore) Contains(string, consts.PluginType) bool { return false }

func (nothingMore) Get(string, consts.PluginType) (func() (any, error), bool) { return nil, false }

func (nothingMore) Keys(consts.PluginType) []string { return nil }

func (nothingMore) DeprecationStatus(string, consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Unknown, false
}

func (nothingMore) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
