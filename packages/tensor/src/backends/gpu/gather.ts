import type { Spec } from '../../spec.ts';
import type { IndexText } from './index-text.ts';
import type { GpuPass, GpuSource } from './kernel.ts';
import { axisNames, maxReads, pass } from './pass.ts';

/**
 * Takes each element of the output from one place of `x`: permute, slice, pad…
 *
 * @param indices the indices into `x`, given the names of the output's
 * @param otherwise text of the element where an `inside` index falls outside
 * @example gather(x, output, ([row = '', column = '']) => [column, row]) // transpose
 */
export function gather(
  x: GpuSource,
  output: Spec,
  indices: (names: readonly string[]) => readonly IndexText[],
  otherwise?: string,
): GpuPass {
  const names = axisNames('i', output.shape.length);
  return pass({ x }, output, names, ({ read }) => `return ${read('x', indices(names), otherwise)};`);
}

/** Joins `sources` along `axis`. */
export function concat(sources: readonly GpuSource[], output: Spec, axis: number): GpuPass {
  if (sources.length > maxReads) {
    // More than one kernel can read: join neighbours first.
    const groups = Array.from({ length: Math.ceil(sources.length / maxReads) }, (_, i) =>
      sources.slice(i * maxReads, (i + 1) * maxReads),
    );
    return concat(
      groups.map((group) => concat(group, joined(group, output, axis), axis)),
      output,
      axis,
    );
  }
  const names = axisNames('i', output.shape.length);
  const position = names[axis] ?? '';
  const parts = sources.map((source, i) => [`part${i}`, source] as const);
  return pass(Object.fromEntries(parts), output, names, ({ read }) => {
    let start = 0;
    const branches = parts.map(([name, source], i) => {
      const from = start;
      start += source.shape[axis] ?? 0;
      const element = read(
        name,
        names.map((index, at) => (at === axis ? `${index} - ${from}` : index)),
      );
      return i === parts.length - 1 ? `return ${element};` : `if (${position} < ${start}) { return ${element}; }`;
    });
    return branches.join('\n');
  });
}

function joined(sources: readonly GpuSource[], output: Spec, axis: number): Spec {
  const size = sources.reduce((total, source) => total + (source.shape[axis] ?? 0), 0);
  return { shape: output.shape.map((length, at) => (at === axis ? size : length)), dtype: output.dtype };
}
