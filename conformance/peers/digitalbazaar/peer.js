// A peer that answers on stdout, one JSON line for each one on stdin, in their
// order. The protocol is in the package comment of ../doc.go.
import {createInterface} from 'node:readline';
import {dispatch} from './operations.js';

const answer = async line => {
  try {
    return await dispatch(JSON.parse(line));
  } catch(error) {
    return {error: reason(error)};
  }
};

// reason digs out what went wrong: the libraries wrap errors in errors.
const reason = error => {
  const causes = [].concat(error.errors ?? [], error.cause ?? []);
  return [error.message, ...causes.map(reason)].join(': ');
};

for await (const line of createInterface({input: process.stdin})) {
  process.stdout.write(JSON.stringify(await answer(line)) + '\n');
}
