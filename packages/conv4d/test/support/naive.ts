/** A tensor on the host. */
export interface Host {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type Four = readonly [number, number, number, number];

export interface NaiveWindow {
  readonly stride: Four;
  readonly padding: Four;
}

/** Four nested maps, over all axes of a volume. */
type Volume = (a: number, b: number, c: number, d: number) => number;

/** A 4D convolution of one channel with one kernel: eight plain loops, of which four are the output's. */
function convolve(
  x: Volume,
  size: Four,
  kernel: Volume,
  taps: Four,
  outputs: Four,
  { stride, padding }: NaiveWindow,
): number[] {
  const y: number[] = [];
  for (let hq = 0; hq < outputs[0]; hq += 1) {
    for (let wq = 0; wq < outputs[1]; wq += 1) {
      for (let hs = 0; hs < outputs[2]; hs += 1) {
        for (let ws = 0; ws < outputs[3]; ws += 1) {
          let sum = 0;
          for (let i = 0; i < taps[0]; i += 1) {
            for (let j = 0; j < taps[1]; j += 1) {
              for (let k = 0; k < taps[2]; k += 1) {
                for (let l = 0; l < taps[3]; l += 1) {
                  const at: Four = [
                    hq * stride[0] - padding[0] + i,
                    wq * stride[1] - padding[1] + j,
                    hs * stride[2] - padding[2] + k,
                    ws * stride[3] - padding[3] + l,
                  ];
                  const inside = at.every((index, axis) => index >= 0 && index < (size[axis] ?? 0));
                  if (inside) sum += x(...at) * kernel(i, j, k, l);
                }
              }
            }
          }
          y.push(sum);
        }
      }
    }
  }
  return y;
}

/** The 4D convolution by its definition: channels summed, for every image and output. */
export function naiveConv4d(x: Host, weight: Host, window: NaiveWindow): Host {
  const [batch = 0, channels = 0] = x.shape;
  const [outputs = 0] = weight.shape;
  const [size, taps] = [fourLast(x.shape), fourLast(weight.shape)];
  const at = (axis: 0 | 1 | 2 | 3) =>
    Math.floor((size[axis] + 2 * window.padding[axis] - taps[axis]) / window.stride[axis]) + 1;
  const positions: Four = [at(0), at(1), at(2), at(3)];
  const data: number[] = [];
  for (let n = 0; n < batch; n += 1) {
    for (let o = 0; o < outputs; o += 1) {
      const parts = Array.from({ length: channels }, (_, c) =>
        convolve(volume(x, n * channels + c), size, volume(weight, o * channels + c), taps, positions, window),
      );
      const length = positions.reduce((product, count) => product * count, 1);
      for (let i = 0; i < length; i += 1) data.push(parts.reduce((sum, part) => sum + (part[i] ?? NaN), 0));
    }
  }
  return { shape: [batch, outputs, ...positions], data };
}

/** The `index`-th of the volumes that a tensor holds in its last four axes. */
function volume({ shape, data }: Host, index: number): Volume {
  const [A, B, C, D] = fourLast(shape);
  return (a, b, c, d) => data[(((index * A + a) * B + b) * C + c) * D + d] ?? NaN;
}

function fourLast(shape: readonly number[]): Four {
  const [a = 1, b = 1, c = 1, d = 1] = shape.slice(2);
  return [a, b, c, d];
}
