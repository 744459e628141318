// A training step of the same two layers. TensorFlow.js' WASM backend cannot run it, because it lacks the gradient of a
// convolution's weight.
import { Adam, Conv2d, ReLU, Sequential, lossAndGradients } from '@hypercorr/nn';
import { fromArray, init, item, key, mean, scope, square } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { channels, image, side } from './task.ts';

/** The loss before and after the step. */
export async function trainingStep(): Promise<[before: number, after: number]> {
  const engine = await init(wasm());
  const [input, between, output] = channels;
  const model = new Sequential(
    new Conv2d({ inChannels: input, outChannels: between, kernel: 3, padding: 1, key: key(0) }),
    new ReLU(),
    new Conv2d({ inChannels: between, outChannels: output, kernel: 3, padding: 1, key: key(1) }),
  );
  const optimizer = new Adam(model);
  const x = fromArray(image, [1, input, side, side]);
  const step = () =>
    scope(() => {
      const { loss, gradients } = lossAndGradients(model, () => mean(square(model.forward(x))));
      optimizer.step(gradients);
      return loss;
    });
  const losses: [number, number] = [await item(step()), await item(step())];
  await engine.dispose();
  return losses;
}
