#!/usr/bin/env node
// Runs suites against a conformance-server, by the manifest that it printed,
// and keeps what they found in results.json beside this file.
//
//   node run.mjs manifest.json SUITE...
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {tmpdir} from 'node:os';

const [manifestFile, ...suites] = process.argv.slice(2);
if(suites.length === 0) {
  console.error('usage: node run.mjs manifest.json SUITE...');
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
const resultsFile = join(dirname(fileURLToPath(import.meta.url)), 'results.json');
const results = new Map(readResults().map(result => [result.suite, result]));
for(const suite of suites) {
  const result = run(suite);
  results.set(result.suite, result);
  console.log(`${result.suite}: ${result.passed} passed, ${result.failed} failed, ${result.pending} pending`);
}
const sorted = [...results.values()].sort((a, b) => a.suite < b.suite ? -1 : 1);
writeFileSync(resultsFile, `${JSON.stringify(sorted, null, 2)}\n`);
process.exitCode = sorted.some(result => result.failed > 0) ? 1 : 0;

function readResults() {
  try {
    return JSON.parse(readFileSync(resultsFile, 'utf8'));
  } catch(e) {
    if(e.code === 'ENOENT') {
      return [];
    }
    throw e;
  }
}

// run runs the suite in a folder, and returns what it found.
function run(folder) {
  writeConfig(folder);
  const temporary = mkdtempSync(join(tmpdir(), 'suite-'));
  const report = join(temporary, 'report.json');
  try {
    spawnSync('npx', [
      'mocha', 'tests/', '--reporter', 'json', '--reporter-option', `output=${report}`,
      '--timeout', '60000', '--preserve-symlinks'
    ], {
      cwd: folder, stdio: ['ignore', 'ignore', 'inherit'],
      // The server made its own certificate.
      env: {...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1'}
    });
    return summary(folder, JSON.parse(readFileSync(report, 'utf8')));
  } finally {
    rmSync(temporary, {recursive: true});
  }
}

// writeConfig makes the manifest the one implementation of the suite.
function writeConfig(folder) {
  const config = {
    settings: {enableInteropTests: false, testAllImplementations: false},
    implementations: [manifest]
  };
  writeFileSync(join(folder, 'localConfig.cjs'), `module.exports = ${JSON.stringify(config, null, 2)};\n`);
}

function summary(folder, {stats, failures}) {
  return {
    suite: basename(resolve(folder)),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], {cwd: folder, encoding: 'utf8'}).trim(),
    passed: stats.passes,
    failed: stats.failures,
    pending: stats.pending,
    notes: failures.map(failure => failure.fullTitle).join('; ')
  };
}
