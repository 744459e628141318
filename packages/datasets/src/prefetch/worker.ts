/** What a worker thread runs: it makes items of plans, in the order in which they are asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import { FormatError } from '@hypercorr/tensor';
import type { Reader } from '../source/source.ts';
import { movableBuffers } from './buffers.ts';
import { loadReader } from './load-reader.ts';
import type { Answer, ReaderSettings, Request } from './messages.ts';

if (parentPort === null) throw new Error('[prefetcher] this module runs in worker threads only');
const port = parentPort;
const settings = workerData as ReaderSettings;

let reader: Promise<Reader<unknown, unknown>> | undefined;

/** Two items at a time: while a decoder works on one outside this thread, this thread goes on with the other. */
const lanes = [Promise.resolve(), Promise.resolve()];
let taken = 0;
let closing = false;

function take(request: Request): void {
  if (request.type === 'close') {
    closing = true;
    // A thread must not end while a decoder still works for it. It ends when it listens no more: Deno's port has no `close`.
    void Promise.all(lanes).then(() => port.off('message', take));
    return;
  }
  const lane = taken % lanes.length;
  taken += 1;
  lanes[lane] = (lanes[lane] ?? Promise.resolve()).then(() => answer(request));
}

port.on('message', take);

async function answer({ id, plan }: Request & { type: 'read' }): Promise<void> {
  if (closing) return;
  try {
    reader ??= loadReader(settings);
    const item = await (await reader)(plan);
    port.postMessage({ type: 'item', id, item } satisfies Answer, movableBuffers(item));
  } catch (error) {
    port.postMessage(failureOf(id, error));
  }
}

function failureOf(id: number, error: unknown): Answer {
  if (error instanceof FormatError) return { type: 'fault', id, op: error.op, message: textOf(error) };
  return { type: 'failure', id, error: cloneable(error) };
}

/** An error that a message can carry: a copy of a `DOMException` would be an empty object, and some errors hold functions. */
function cloneable(error: unknown): Error {
  try {
    const copy: unknown = structuredClone(error);
    if (copy instanceof Error) return copy;
  } catch {
    // Its text is what can be told.
  }
  const { message } = Object(error) as { readonly message?: unknown };
  return new Error(typeof message === 'string' ? message : String(error));
}

/** An error's message without the name of the operation in front, which the main thread puts there again. */
function textOf({ op, message }: FormatError): string {
  const prefix = `[${op}] `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}
