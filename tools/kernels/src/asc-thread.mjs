// Runs AssemblyScript's compiler in a thread: plain JavaScript, so that no loader reads the compiler's nine megabytes.
import { parentPort } from 'node:worker_threads';
import { main } from 'assemblyscript/asc';

let last = Promise.resolve();

parentPort?.on('message', ({ args, answer }) => {
  last = last.then(async () => {
    const { error, stderr } = await main(args);
    answer.postMessage({ fault: error === null ? undefined : error.message, messages: stderr.toString() });
    answer.close();
  });
});
