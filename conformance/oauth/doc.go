// Package oauth has a certified OpenID provider and OAuth client, made by others,
// come to the issuer: they are the npm packages oidc-provider and oauth4webapi.
package oauth
