// What the peer can be asked. Tokens come and go as the text that they are.
import {algorithmOf, signerOf, signers, verifies} from './keys.js';
import {digest, generateSalt} from '@sd-jwt/crypto-nodejs';
import {disclosureFrame, presentationFrame} from './frames.js';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';

// The library leaves it to its caller to find the key of the issuer: it is the
// one with the kid of the header, among those that were handed over.
const byIssuer = ({keys}) => async (data, signature) => {
  const {kid} = JSON.parse(Buffer.from(data.split('.')[0], 'base64url'));
  const key = keys.find(key => key.kid === kid);
  return !!key && verifies(key, data, signature);
};

const byHolder = (data, signature, {cnf}) => verifies(cnf.jwk, data, signature);

export const operations = {
  contexts() {
    return {};
  },
  signers() {
    return {signers};
  },
  async issue({document, header, key, selectivePointers}) {
    const issuer = new SDJwtVcInstance({
      hasher: digest, saltGenerator: generateSalt,
      signer: await signerOf(key), signAlg: algorithmOf(key)
    });
    const claims = JSON.parse(document);
    const frame = disclosureFrame(claims, selectivePointers);
    return {document: await issuer.issue(claims, frame, {header})};
  },
  async derive({document, key, selectivePointers, challenge, domain}) {
    const holder = new SDJwtVcInstance({
      hasher: digest, kbSigner: await signerOf(key), kbSignAlg: algorithmOf(key)
    });
    const iat = Math.floor(Date.now() / 1000);
    const kb = challenge && {payload: {iat, aud: domain, nonce: challenge}};
    return {document: await holder.present(
      document, presentationFrame(selectivePointers), {kb})};
  },
  async verify({document, keys, challenge}) {
    const verifier = new SDJwtVcInstance({
      hasher: digest, verifier: byIssuer(keys), kbVerifier: byHolder
    });
    const {payload} = await verifier.verify(document, {keyBindingNonce: challenge});
    return {verified: true, document: JSON.stringify(payload)};
  }
};
