import { sizeOf } from '../../shape/shape.ts';
import type { Spec } from '../../spec.ts';
import { floorDiv } from './index-text.ts';
import type { GpuPass, GpuSource } from './kernel.ts';
import { pass, view } from './pass.ts';

/**
 * Running sums along `axis`, from the first element to the last, or from the last to the first if `reverse`.
 *
 * The axis is cut into about √n blocks of √n elements. A first pass sums up blocks; each element then adds the blocks
 * before its own, and what is before it in its own.
 */
export function scan(x: GpuSource, output: Spec, axis: number, reverse: boolean): GpuPass {
  const size = x.shape[axis] ?? 1;
  const [outer, inner] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))];
  const length = Math.max(1, Math.ceil(Math.sqrt(size)));
  const blocks = Math.ceil(size / length);
  const source = view(x, [outer, size, inner]);
  const sums = pass(
    { source },
    { shape: [outer, blocks, inner], dtype: x.dtype },
    ['a', 'block', 'b'],
    ({ read, loop }) => `
    let sum = 0;
    ${loop(
      'r',
      length,
      `
      const place = block * ${length} + r;
      if (place < ${size}) { sum += ${read('source', ['a', 'place', 'b'])}; }`,
    )}
    return sum;`,
  );
  const isBefore = (place: string, own: string): string => (reverse ? `${place} > ${own}` : `${place} < ${own}`);
  const result = pass(
    { source, sums },
    { shape: [outer, size, inner], dtype: x.dtype },
    ['a', 'i', 'b'],
    ({ read, loop }) => `
    const own = ${floorDiv('i', length)};
    let before = 0;
    ${loop('block', blocks, `if (${isBefore('block', 'own')}) { before += ${read('sums', ['a', 'block', 'b'])}; }`)}
    let within = ${read('source', ['a', 'i', 'b'])};
    ${loop(
      'r',
      length,
      `
      const place = own * ${length} + r;
      if (place < ${size} && ${isBefore('place', 'i')}) { within += ${read('source', ['a', 'place', 'b'])}; }`,
    )}
    return before + within;`,
  );
  return { ...result, shape: output.shape };
}
