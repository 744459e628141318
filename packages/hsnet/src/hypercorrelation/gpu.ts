import type { Spec } from '@hypercorr/tensor';
import { concat, num, pass, type GpuPass, type GpuSource } from '@hypercorr/tensor/kernels';

/** One pass for each pair. The results are concatenated along the axis of taps. */
export function hypercorrelationPasses(
  pairs: readonly { readonly query: GpuSource; readonly support: GpuSource }[],
  output: Spec,
  epsilon: number,
): GpuPass {
  const spec = { shape: output.shape.with(1, 1), dtype: output.dtype };
  return concat(
    pairs.map(({ query, support }) => correlate(query, support, spec, epsilon)),
    output,
    1,
  );
}

function correlate(query: GpuSource, support: GpuSource, output: Spec, epsilon: number): GpuPass {
  const reads = { query, support, queryScale: scales(query, epsilon), supportScale: scales(support, epsilon) };
  return pass(reads, output, ['b', '', 'hq', 'wq', 'hs', 'ws'], ({ read, sumLoop }) => {
    const product = `${read('query', ['b', 'c', 'hq', 'wq'])} * ${read('support', ['b', 'c', 'hs', 'ws'])}`;
    return `
      ${sumLoop('total', { c: query.shape[1] ?? 0 }, product)}
      const cosine = total * ${read('queryScale', ['b', 'hq', 'wq'])} * ${read('supportScale', ['b', 'hs', 'ws'])};
      return cosine < 0 ? 0 : cosine;`;
  });
}

/** 1 / (‖f‖ + ε) of every vector of a map: `[B,h,w]`. */
function scales(map: GpuSource, epsilon: number): GpuPass {
  const [batch = 0, channels = 0, height = 0, width = 0] = map.shape;
  return pass({ map }, { shape: [batch, height, width], dtype: map.dtype }, ['b', 'y', 'x'], ({ read, sumLoop }) => {
    const value = read('map', ['b', 'c', 'y', 'x']);
    return `${sumLoop('squares', { c: channels }, `${value} * ${value}`)} return 1 / (Math.sqrt(squares) + ${num(epsilon)});`;
  });
}
