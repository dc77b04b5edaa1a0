// What is measured of the peers. Whatever does not verify is thrown.
import * as bbs from '@digitalbazaar/bbs-2023-cryptosuite';
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {digest, ES256} from '@sd-jwt/crypto-nodejs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as ecdsa} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsa} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {documentLoader as load, learn} from '../../peers/digitalbazaar/loader.js';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';

// Contexts are static: without the tag they would be read anew each time.
const documentLoader = async url => ({...await load(url), tag: 'static'});

const verifying = {
  [eddsa.name]: () => eddsa,
  [ecdsa.name]: () => ecdsa,
  'ecdsa-sd-2023': ecdsaSd.createVerifyCryptosuite,
  'bbs-2023': bbs.createVerifyCryptosuite
};

const disclosing = {
  'ecdsa-sd-2023': ecdsaSd.createDiscloseCryptosuite,
  'bbs-2023': bbs.createDiscloseCryptosuite
};

// The status of credentials is not judged, on neither side.
const checkStatus = async () => ({verified: true});

let sdJwtVc;

export const operations = {
  async start({contexts, issuer}) {
    learn(contexts);
    const byIssuer = await ES256.getVerifier(issuer);
    sdJwtVc = new SDJwtVcInstance({
      hasher: digest,
      hashAlg: 'sha-256',
      verifier: byIssuer,
      kbVerifier: async (data, signature, {cnf}) =>
        (await ES256.getVerifier(cnf.jwk))(data, signature)
    });
    return {};
  },
  async derive({suite, pointers, document}) {
    const cryptosuite = disclosing[suite]({selectivePointers: pointers});
    return {document: JSON.stringify(await vc.derive({
      verifiableCredential: JSON.parse(document),
      suite: new DataIntegrityProof({cryptosuite}), documentLoader
    }))};
  },
  async verify({suite, document}) {
    const {verified, error} = await vc.verifyCredential({
      credential: JSON.parse(document),
      suite: new DataIntegrityProof({cryptosuite: verifying[suite]()}),
      documentLoader, checkStatus
    });
    if(!verified) {
      throw error;
    }
    return {};
  },
  async verifySDJWT({nonce, document}) {
    const {payload, kb} = await sdJwtVc.verify(document, {keyBindingNonce: nonce});
    if(!payload || !kb) {
      throw new Error('verified, but nothing came of it');
    }
    return {};
  }
};
