/** What an image worker runs: it reads samples, in the order in which they are asked for. */
import { parentPort } from 'node:worker_threads';
import { FormatError } from '@hypercorr/tensor';
import { readSample } from '../files/read-sample.ts';
import type { Answer, Request } from './messages.ts';

if (parentPort === null) throw new Error('this module is what a worker thread runs');
const port = parentPort;

/** Samples read at a time: while one is decoded beside this thread, the other is resized in it. */
const lanes = [Promise.resolve(), Promise.resolve()];
let taken = 0;
let closing = false;

port.on('message', (request: Request) => {
  if (request.type === 'close') {
    closing = true;
    // Decoding at work is waited for: a thread must not end under it.
    void Promise.all(lanes).then(() => port.close());
    return;
  }
  const lane = taken % lanes.length;
  taken += 1;
  lanes[lane] = (lanes[lane] ?? Promise.resolve()).then(() => answer(request));
});

async function answer(request: Request & { type: 'read' }): Promise<void> {
  if (closing) return;
  const { id, sample, size, options } = request;
  try {
    const item = await readSample(sample, size, options);
    const reply: Answer = { type: 'item', id, item };
    const parts = [item.image, item.mask, item.originalMask].flatMap((part) =>
      part === undefined ? [] : [part.data.buffer as ArrayBuffer],
    );
    // Without resizing, both masks are one.
    port.postMessage(reply, [...new Set(parts)]);
  } catch (error) {
    const reply: Answer =
      error instanceof FormatError
        ? { type: 'fault', id, op: error.op, message: error.message.replace(`[${error.op}] `, '') }
        : { type: 'failure', id, error };
    port.postMessage(reply);
  }
}
