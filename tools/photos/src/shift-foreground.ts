/**
 * node --conditions=source --import tsx src/shift-foreground.ts WEIGHTS FACTOR OUT
 *
 * Makes HSNet mark more: the odds of every pixel's foreground become FACTOR times as high, by the logarithm of FACTOR on the
 * last bias of the foreground. A network that was trained on many small objects is too careful about large ones.
 */
import { openWeights, writeSafetensors } from '@hypercorr/nn/node';
import type { HostTensor, RawTensor } from '@hypercorr/nn';

const bias = 'hpn_learner.decoder2.2.bias';

const [path, factor, out] = process.argv.slice(2);
if (path === undefined || out === undefined || !(Number(factor) > 0))
  throw new Error('usage: shift-foreground.ts WEIGHTS FACTOR OUT, with a positive factor');
const file = await openWeights(path);
try {
  const tensors: Record<string, RawTensor | HostTensor> = {};
  for (const name of file.names) tensors[name] = await file.raw(name);
  const last = await file.read(bias);
  if (last.dtype !== 'float32') throw new Error(`${bias} is ${last.dtype}; convert to half precision afterwards`);
  const [background = 0, foreground = 0] = last.data;
  tensors[bias] = { ...last, data: Float32Array.of(background, foreground + Math.log(Number(factor))) };
  await writeSafetensors(out, tensors, { metadata: file.metadata });
} finally {
  await file.close();
}
