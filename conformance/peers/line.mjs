// The protocol of the peers in JavaScript: one JSON line on stdout for each one
// on stdin, in their order. It is told in the package comment of doc.go.
import {createInterface} from 'node:readline';

// reason digs out what went wrong: the libraries wrap errors in errors.
const reason = error => {
  const causes = [].concat(error.errors ?? [], error.cause ?? []);
  return [error.message, ...causes.map(reason)].join(': ');
};

const answer = async (line, operations) => {
  try {
    const request = JSON.parse(line);
    return await operations[request.op](request);
  } catch(error) {
    return {error: reason(error)};
  }
};

export const serve = async operations => {
  for await (const line of createInterface({input: process.stdin})) {
    process.stdout.write(JSON.stringify(await answer(line, operations)) + '\n');
  }
};
