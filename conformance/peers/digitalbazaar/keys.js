// The peer's own keys, new each time it starts, and the suites that use them.
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {cryptosuite as ecdsa} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsa} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';

const generate = async (multikey, options) => {
  const key = await multikey.generate(options);
  key.controller = `did:key:${key.publicKeyMultibase}`;
  key.id = `${key.controller}#${key.publicKeyMultibase}`;
  return key;
};

const keys = {
  Ed25519: await generate(Ed25519Multikey, {}),
  'P-256': await generate(EcdsaMultikey, {curve: 'P-256'}),
  'P-384': await generate(EcdsaMultikey, {curve: 'P-384'})
};

const integrity = cryptosuite => (key, date) =>
  new DataIntegrityProof({signer: key?.signer(), date, cryptosuite});

const table = [
  {suite: eddsa.name, keys: ['Ed25519'], make: integrity(eddsa)},
  {suite: ecdsa.name, keys: ['P-256', 'P-384'], make: integrity(ecdsa)},
  {
    suite: 'Ed25519Signature2020', keys: ['Ed25519'],
    make: (key, date) => new Ed25519Signature2020({signer: key?.signer(), date})
  }
];

// signers lists what can sign: a suite, a type of key, and whose it is.
export const signers = table.flatMap(({suite, keys: names}) =>
  names.map(key => ({suite, key, id: keys[key].controller})));

export const signingSuite = ({suite, key, created}) =>
  table.find(row => row.suite === suite && row.keys.includes(key)).make(keys[key], created);

export const verifyingSuites = () => table.map(({make}) => make());
