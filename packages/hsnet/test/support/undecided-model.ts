import { add, fromArray, key, readSync, scope, type Engine } from '@hypercorr/tensor';
import { imageTensor, itemTensors } from '@hypercorr/vision';
import { HSNet } from '../../src/index.ts';
import { discPicture } from './disc-picture.ts';

/**
 * A small model with random weights, which would find everything or nothing. Its last bias is set so that it finds half of
 * the pixels of one picture.
 */
export function undecidedModel(engine: Engine, size = 48): HSNet {
  const model = new HSNet({ backbone: 'tiny', key: key(5), engine }).eval();
  scope(() => {
    using prepared = model.prepare([itemTensors(discPicture(size, size, 1), { engine })]);
    const [[logits] = []] = model.shotLogits(imageTensor(discPicture(size, size, 2).image, { engine }), [prepared]);
    const values = logits === undefined ? [] : readSync(logits);
    const pixels = values.length / 2;
    const margins = Array.from({ length: pixels }, (_, i) => (values[pixels + i] ?? NaN) - (values[i] ?? NaN));
    const median = margins.toSorted((a, b) => a - b)[pixels / 2] ?? NaN;
    const bias = model.namedParameters()['hpn_learner.decoder2.2.bias'];
    bias?.set(add(bias.value, fromArray(Float32Array.of(median, 0), [2], { engine })));
  });
  return model;
}
