import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { FormatError } from '@hypercorr/tensor';
import { JsonStream } from './json-stream.ts';
import { readBytes, reasonOf } from './read-file.ts';
import { decodeText, parseJson } from './text.ts';

/** The longest JSON that is parsed at once, in bytes. A string of V8 holds 2²⁹ characters at most. */
const mostAtOnce = 2 ** 28;

/**
 * Reads a JSON of any length. A long one (annotations of LVIS have 1.1 GB) is read in parts, so that it is never in memory
 * as a whole; only its values are.
 *
 * @param role what the file is, for errors: "annotations"
 * @param options `atOnce`: the most bytes that are parsed at once
 * @throws FormatError for a file that cannot be read or is no JSON
 */
export async function readJson(
  path: string,
  role: string,
  { atOnce = mostAtOnce }: { readonly atOnce?: number } = {},
): Promise<unknown> {
  // What cannot be read says so when it is read.
  const size = await stat(path).then(
    (file) => (file.isFile() ? file.size : 0),
    () => 0,
  );
  if (size <= atOnce) return parseJson(decodeText(await readBytes(path, role), path, role), path, role);
  const stream = new JsonStream(path, role);
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: 2 ** 20 })) stream.push(bytes as Uint8Array);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(role, `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  return stream.end();
}
