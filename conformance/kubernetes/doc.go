// Package kubernetes has the manifests of docs/operations read by Kubernetes'
// own types, as strictly as an API server reads them where it is told to. It has
// tests only.
//
// The reader is a program in the folder strict, a module of its own, which is
// built when the tests run. What a cluster makes of the manifests, such as what
// its policies admit, is not tried.
package kubernetes
