// A program that segments a query with a prepared support, with weights drawn at random.
import { HSNet, SegmentationScore } from '@hypercorr/hsnet';
import { fromArray, init, key, normal, read, scope } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';

const engine = await init(wasm({ threads: 2 }));
const model = new HSNet({ backbone: 'tiny', key: key(0) });
const image = normal(key(1), [3, 96, 128]);
const half = fromArray(
  Float32Array.from({ length: 96 * 128 }, (_, i) => (i < 48 * 128 ? 1 : 0)),
  [96, 128],
);
const supports = model.prepare([{ image, mask: half }]);
const mask = await read(scope(() => model.segment(image, supports).mask));
const score = new SegmentationScore();
score.add(0, mask, mask);

console.log(JSON.stringify({ description: engine.description, pixels: mask.length, episodes: score.episodes }));
await engine.dispose();
