// The peers, as one process: it answers each JSON line on stdin with one on
// stdout. An operation is done over and over until its milliseconds are over;
// the answer is its last result and what one took, of the processor and by the
// clock, in nanoseconds. The protocol is in the package comment of ../main.go.
import {createInterface} from 'node:readline';
import {operations} from './operations.js';

const perform = async ({op, millis, ...request}) => {
  const operation = operations[op];
  const before = process.cpuUsage();
  const start = performance.now();
  let times = 0;
  let result;
  while(times === 0 || performance.now() - start < millis) {
    result = await operation(request);
    times++;
  }
  const clock = performance.now() - start;
  const {user, system} = process.cpuUsage(before);
  return {
    ...result,
    processor: Math.round((user + system) * 1e3 / times),
    clock: Math.round(clock * 1e6 / times)
  };
};

// reason digs out what went wrong: the libraries wrap errors in errors.
const reason = error => {
  const causes = [].concat(error.errors ?? [], error.cause ?? []);
  return [error.message, ...causes.map(reason)].join(': ');
};

for await (const line of createInterface({input: process.stdin})) {
  const answer = await perform(JSON.parse(line)).catch(error => ({error: reason(error)}));
  process.stdout.write(JSON.stringify(answer) + '\n');
}
