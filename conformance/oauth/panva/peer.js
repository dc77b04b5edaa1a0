// An OpenID provider (oidc-provider) and an OAuth client (oauth4webapi), as one
// process: it writes the provider's address, and then answers each line, a request
// to a protected resource, with a line.
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import * as oauth from 'oauth4webapi';
import Provider from 'oidc-provider';

const [certificate, key] = process.argv.slice(2).map((file) => readFileSync(file));
console.info = console.error; // the provider's notes are no lines of ours
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const server = createServer({ cert: certificate, key, requestCert: true, rejectUnauthorized: false });
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
const issuer = `https://localhost:${server.address().port}`;

const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const signing = { ...await crypto.subtle.exportKey('jwk', pair.privateKey), alg: 'ES256', use: 'sig', kid: 'one' };
delete signing.key_ops;
delete signing.ext;

const client = (id, more) => ({
  client_id: id, client_secret: `${id}-secret`, redirect_uris: [], response_types: [], grant_types: ['client_credentials'],
  token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES256', ...more,
});

// A resource below /opaque has tokens that say nothing themselves.
const resource = (_, indicator) => ({
  scope: 'ask', audience: indicator, accessTokenTTL: 300,
  ...(indicator.endsWith('/opaque') ? { accessTokenFormat: 'opaque' } : { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
});

const provider = new Provider(issuer, {
  clients: [
    client('school-app'),
    client('other-app'),
    client('clinic-app', { tls_client_certificate_bound_access_tokens: true }),
    client('registry', { grant_types: [] }),
  ],
  jwks: { keys: [signing] },
  scopes: ['ask'],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: true },
    introspection: { enabled: true },
    mTLS: {
      enabled: true, certificateBoundAccessTokens: true,
      getCertificate: (ctx) => ctx.req.socket.getPeerX509Certificate(),
    },
    resourceIndicators: { enabled: true, defaultResource: () => undefined, getResourceServerInfo: resource },
    revocation: { enabled: true },
  },
});
server.on('request', provider.callback());
say({ issuer });

const metadata = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer)));
const proofKey = await oauth.generateKeyPair('ES256');

// token gets an access token for a resource, bound to the key.
async function token(id, indicator) {
  const by = { client_id: id };
  const secret = oauth.ClientSecretBasic(`${id}-secret`);
  const proof = oauth.DPoP(by, proofKey);
  const response = await oauth.clientCredentialsGrantRequest(metadata, by, secret, { resource: indicator, scope: 'ask' }, { DPoP: proof });
  return { access: await oauth.processClientCredentialsResponse(metadata, by, response), proof, by, secret };
}

// ask sends one question; the library makes the proof, and a second one with the
// nonce that the first try brought.
async function ask({ client: id, resource: indicator, url, body, revoked }) {
  const { access, proof, by, secret } = await token(id, indicator);
  if (revoked) {
    await oauth.processRevocationResponse(await oauth.revocationRequest(metadata, by, secret, access.access_token));
  }
  const send = () => oauth.protectedResourceRequest(access.access_token, 'POST', new URL(url), new Headers({ 'Content-Type': 'application/json' }), body, { DPoP: proof });
  let tries = 1;
  let response = await send().catch((error) => {
    if (oauth.isDPoPNonceError(error)) {
      tries += 1;
      return send().catch((again) => again);
    }
    return error;
  });
  if (response instanceof oauth.WWWAuthenticateChallengeError) {
    response = response.response;
  } else if (response instanceof Error) {
    throw response;
  }
  return { status: response.status, tries, type: access.token_type, authenticate: response.headers.get('WWW-Authenticate') ?? '', body: await response.text() };
}

for await (const line of createInterface({ input: process.stdin })) {
  say(await ask(JSON.parse(line)).catch((error) => ({ error: `${error.name}: ${error.message} ${error.cause ?? ''}` })));
}
process.exit(0);
