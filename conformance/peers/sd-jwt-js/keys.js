// The peer's own keys, new each time it starts, and the algorithms for them.
import {
  ES256, ES384, ES512, generateKeyPair, getSigner, getVerifier
} from '@sd-jwt/crypto-nodejs';

const ed25519 = {name: 'Ed25519'};

const algorithms = {
  Ed25519: {
    alg: 'EdDSA',
    generateKeyPair: () => generateKeyPair(ed25519),
    getSigner: jwk => getSigner(jwk, ed25519, ed25519),
    getVerifier: jwk => getVerifier(jwk, ed25519, ed25519)
  },
  'P-256': ES256,
  'P-384': ES384,
  'P-521': ES512
};

const keys = {};
for(const [name, {generateKeyPair}] of Object.entries(algorithms)) {
  keys[name] = await generateKeyPair();
}

// signers lists what can sign, and its public key. What key_ops and ext say is
// for the library alone.
export const signers = Object.entries(algorithms).map(([key, {alg}]) => {
  const {kty, crv, x, y} = keys[key].publicKey;
  return {suite: alg, key, jwk: {kty, crv, x, y}};
});

export const algorithmOf = key => algorithms[key].alg;

export const signerOf = key => algorithms[key].getSigner(keys[key].privateKey);

// verifies tells whether a signature is by the key of a JWK.
export const verifies = async ({kty, crv, x, y}, data, signature) => {
  const verify = await algorithms[crv].getVerifier({kty, crv, x, y});
  return verify(data, signature);
};
