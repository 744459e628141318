import type { PngHeader } from './chunks.ts';
import { passesOf, type Pass } from './passes.ts';
import { unfilter } from './unfilter.ts';

/**
 * The samples of inflated rows. Filters are undone in place.
 *
 * @param rows the rows of every pass; they are changed
 * @returns height · width · channels samples, one byte each, or two at 16 bits
 * @throws RangeError for a filter that does not exist
 */
export function samplesOf(header: PngHeader, rows: Uint8Array): Uint8Array | Uint16Array {
  const { width, height, channels, depth } = header;
  const length = width * height * channels;
  const samples = depth === 16 ? new Uint16Array(length) : new Uint8Array(length);
  let start = 0;
  for (const pass of passesOf(header)) {
    const end = start + pass.height * (1 + pass.rowBytes);
    const ofPass = rows.subarray(start, end);
    unfilter(ofPass, pass.rowBytes, Math.ceil((channels * depth) / 8));
    scatter(ofPass, pass, header, samples);
    start = end;
  }
  return samples;
}

/** Copies a pass's samples to their places in the picture. */
function scatter(
  rows: Uint8Array,
  { x, y, across, down, width, height, rowBytes }: Pass,
  header: PngHeader,
  samples: Uint8Array | Uint16Array,
): void {
  const { channels, depth } = header;
  const perRow = width * channels;
  for (let row = 0; row < height; row += 1) {
    const from = row * (1 + rowBytes) + 1;
    const to = ((y + row * down) * header.width + x) * channels;
    if (depth === 8 && across === 1) {
      samples.set(rows.subarray(from, from + perRow), to);
      continue;
    }
    for (let i = 0; i < perRow; i += 1) {
      const channel = i % channels;
      samples[to + (i - channel) * across + channel] = sampleAt(rows, from, i, depth);
    }
  }
}

/**
 * The samples of a row have no gaps between them, and the first is in a byte's highest bits. At 16 bits the higher byte
 * comes first.
 */
function sampleAt(rows: Uint8Array, from: number, place: number, depth: number): number {
  if (depth === 8) return rows[from + place] ?? 0;
  if (depth === 16) return 256 * (rows[from + 2 * place] ?? 0) + (rows[from + 2 * place + 1] ?? 0);
  const bit = place * depth;
  return ((rows[from + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}
