#!/usr/bin/env node
// Writes localConfig.cjs into checkouts of suites, from what
// `chancery conformance-server --json` printed.
//
//   node local-config.mjs manifest.json SUITE...
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const [manifestFile, ...suites] = process.argv.slice(2);
if(suites.length === 0) {
  console.error('usage: node local-config.mjs manifest.json SUITE...');
  process.exit(2);
}
const config = {
  settings: {enableInteropTests: false, testAllImplementations: false},
  implementations: [JSON.parse(readFileSync(manifestFile, 'utf8'))]
};
for(const suite of suites) {
  const file = join(suite, 'localConfig.cjs');
  writeFileSync(file, `module.exports = ${JSON.stringify(config, null, 2)};\n`);
  console.log(file);
}
