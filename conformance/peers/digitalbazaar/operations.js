// What the peer can be asked. Documents come and go as the text that they are,
// so that each side reads them with its own parser.
import * as rdfCanonize from 'rdf-canonize';
import * as vc from '@digitalbazaar/vc';
import {documentLoader, learn} from './loader.js';
import {disclosingSuite, signers, signingSuite, verifyingSuites} from './keys.js';
import jsonld from 'jsonld';

const verdict = ({verified, error, credentialResults = []}) => {
  const bad = error ?? credentialResults.find(result => !result.verified)?.error;
  if(!verified) {
    throw bad;
  }
  return {verified: true};
};

// The status of credentials is not compared here.
const checkStatus = async () => ({verified: true});

export const operations = {
  contexts({contexts}) {
    learn(contexts);
    return {};
  },
  signers() {
    return {signers};
  },
  async issue({document, ...options}) {
    const credential = JSON.parse(document);
    const suite = signingSuite(options);
    return {document: JSON.stringify(await vc.issue({credential, suite, documentLoader}))};
  },
  async derive({document, ...options}) {
    const verifiableCredential = JSON.parse(document);
    const suite = disclosingSuite(options);
    return {document: JSON.stringify(await vc.derive({
      verifiableCredential, suite, documentLoader
    }))};
  },
  async verify({document}) {
    const credential = JSON.parse(document);
    return verdict(await vc.verifyCredential({
      credential, suite: verifyingSuites(), documentLoader, checkStatus
    }));
  },
  async present({document, challenge, domain, ...options}) {
    const presentation = JSON.parse(document);
    const suite = signingSuite(options);
    return {document: JSON.stringify(await vc.signPresentation({
      presentation, suite, challenge, domain, documentLoader
    }))};
  },
  async verifyPresentation({document, challenge, domain}) {
    const presentation = JSON.parse(document);
    return verdict(await vc.verify({
      presentation, challenge, domain, suite: verifyingSuites(), documentLoader, checkStatus
    }));
  },
  async canonize({document}) {
    const dataset = await jsonld.toRDF(JSON.parse(document), {
      documentLoader, base: null, safe: true, rdfDirection: 'i18n-datatype'
    });
    return {nquads: await rdfCanonize.canonize(dataset, {
      algorithm: 'RDFC-1.0', maxWorkFactor: 3
    })};
  }
};
