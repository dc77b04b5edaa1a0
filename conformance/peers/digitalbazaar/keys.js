// The peer's own keys, new each time it starts, and the suites that use them.
import * as bbs from '@digitalbazaar/bbs-2023-cryptosuite';
import * as Bls12381Multikey from '@digitalbazaar/bls12-381-multikey';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {cryptosuite as ecdsa} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsa} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';

const identify = async key => {
  const {publicKeyMultibase} = await key.export({publicKey: true});
  key.controller = `did:key:${publicKeyMultibase}`;
  key.id = `${key.controller}#${publicKeyMultibase}`;
  return key;
};

const keys = {
  Ed25519: await identify(await Ed25519Multikey.generate({})),
  'P-256': await identify(await EcdsaMultikey.generate({curve: 'P-256'})),
  'P-384': await identify(await EcdsaMultikey.generate({curve: 'P-384'})),
  'BLS12-381': await identify(await Bls12381Multikey.generateBbsKeyPair({
    algorithm: Bls12381Multikey.ALGORITHMS.BBS_BLS12381_SHA256
  }))
};

const integrity = (cryptosuite, key, date) =>
  new DataIntegrityProof({signer: key?.signer(), date, cryptosuite});

const whole = cryptosuite => ({
  sign: (key, {created}) => integrity(cryptosuite, key, created),
  verify: () => integrity(cryptosuite)
});

const selective = suite => ({
  sign: (key, {created, mandatoryPointers}) =>
    integrity(suite.createSignCryptosuite({mandatoryPointers}), key, created),
  disclose: ({selectivePointers}) =>
    integrity(suite.createDiscloseCryptosuite({selectivePointers})),
  verify: () => integrity(suite.createVerifyCryptosuite())
});

const table = [
  {suite: eddsa.name, keys: ['Ed25519'], ...whole(eddsa)},
  {suite: ecdsa.name, keys: ['P-256', 'P-384'], ...whole(ecdsa)},
  {suite: 'ecdsa-sd-2023', keys: ['P-256'], ...selective(ecdsaSd)},
  {suite: 'bbs-2023', keys: ['BLS12-381'], ...selective(bbs)},
  {
    suite: 'Ed25519Signature2020', keys: ['Ed25519'],
    sign: (key, {created}) => new Ed25519Signature2020({signer: key.signer(), date: created}),
    verify: () => new Ed25519Signature2020()
  }
];

// signers lists what can sign: a suite, a type of key, and whose it is; and
// whether it discloses selectively.
export const signers = table.flatMap(({suite, keys: names, disclose}) =>
  names.map(key => ({suite, key, id: keys[key].controller, selective: !!disclose})));

const row = ({suite, key}) =>
  table.find(row => row.suite === suite && row.keys.includes(key));

export const signingSuite = options => row(options).sign(keys[options.key], options);

export const disclosingSuite = options => row(options).disclose(options);

export const verifyingSuites = () => table.map(({verify}) => verify());
