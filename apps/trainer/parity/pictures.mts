/**
 * Pictures of the classes that train a backbone, with a label for every pixel, as train_in_pytorch.py takes them:
 *
 *     node --conditions=source --import tsx apps/trainer/parity/pictures.mts --out FILE.safetensors
 *
 * `images` [N, 3, S, S] and `labels` [N, S, S]: 16 · (1 + class, or 0 for clutter) + 1 + texture; 0 is the background.
 */
import { parseArgs } from 'node:util';
import { figureClasses, renderScene } from '@hypercorr/datasets';
import { writeSafetensors } from '@hypercorr/nn/node';
import { fromArray } from '@hypercorr/tensor';

const { values } = parseArgs({ options: { out: { type: 'string' }, images: { type: 'string', default: '40' }, size: { type: 'string', default: '128' } } });
if (values.out === undefined) throw new Error('needs --out FILE.safetensors');
const [size, perClass] = [Number(values.size), Number(values.images)];
const all = figureClasses();
const classes = all.filter(({ set }) => set === 'backbone');
const count = perClass * classes.length;
const images = new Float32Array(count * 3 * size * size);
const labels = new Int32Array(count * size * size);
for (const [i, cls] of classes.entries()) {
  for (let n = 0; n < perClass; n += 1) {
    const at = n * classes.length + i;
    const scene = renderScene(all, cls, n, { size, seed: 1 });
    // RGB a pixel → a plane a channel
    for (let p = 0; p < size * size; p += 1) for (let c = 0; c < 3; c += 1) images[(at * 3 + c) * size * size + p] = scene.pixels[3 * p + c] ?? 0;
    labels.set(scene.labels, at * size * size);
  }
}
await writeSafetensors(values.out, { images: fromArray(images, [count, 3, size, size]), labels: fromArray(labels, [count, size, size]) });
