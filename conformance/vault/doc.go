// Package vault has a real HashiCorp Vault answer the issuer's client of it, and
// holds the server that other tests play (issuer/secret/vaulttest) against it.
// It has tests only.
//
// The server is a program in the folder server, a module of its own: the core,
// the engines KV and transit and the login by AppRole, as Vault's own packages
// have them, over storage in memory, with the HTTP API over TLS. It is built
// when the tests run. The licence of Vault (BUSL-1.1) allows that; nothing of it
// is in a program of ours. OpenBao's server cannot be had as a Go module; what
// is asked here is the same in its API.
//
// Source: developer.hashicorp.com/vault/api-docs: system, auth/token,
// auth/approle, secret/kv/kv-v2, secret/transit.
package vault
