import type { HSNet } from '@hypercorr/hsnet';
import { writeSafetensors } from '@hypercorr/nn/node';
import { noGrad, reshape, scope, stack, type Tensor } from '@hypercorr/tensor';
import { formatShape } from '@hypercorr/tensor/op';
import { defineCommand } from '../cli/command.ts';
import { checkNotRead } from '../cli/output.ts';
import { prepareToWrite } from '@hypercorr/train/node';
import { readForwardInputs, type ForwardInputs } from './forward/inputs.ts';
import { openModel } from '../cli/open-model.ts';
import { required } from '../cli/option.ts';
import { computing, model as modelOptions, output, own } from '../cli/options.ts';

const { backbone, kernel, weights, backboneWeights, supportMask } = modelOptions;

export const forwardCommand = defineCommand({
  name: 'forward',
  summary: 'runs the model on tensors from a file, and writes its logits',
  description:
    'The inputs are a safetensors file with query (B,3,H,W), support (B,3,H,W) or (B,K,3,H,W), both normalised by ' +
    "ImageNet's mean and deviation, and mask (B,H,W) or (B,K,H,W) of 0 and 1. The output holds logits (B,2,H,W); with an axis " +
    'of K supports (B,K,2,H,W), one prediction for each. Channel 0 is background, channel 1 the object.',
  options: {
    ...output,
    ...computing,
    backbone,
    kernel,
    weights: required(weights),
    backboneWeights,
    supportMask,
    inputs: required(own.inputs),
    out: required(own.outFile),
  },
  examples: [
    [
      'hypercorr forward --weights hsnet.safetensors --inputs episode.safetensors --out logits.safetensors',
      'writes the logits of one or more episodes, for a comparison with another implementation',
    ],
  ],
  async run(settings, context) {
    checkNotRead(settings.out, [settings.inputs, settings.weights, settings.backboneWeights]);
    prepareToWrite(settings.out);
    const engine = await context.engine(settings);
    // The inputs first: checking them is quick, and loading a large model is not.
    const inputs = await readForwardInputs(settings.inputs, engine);
    const { model, description } = await openModel({ ...settings, size: undefined }, engine, context.log);
    model.eval();
    const start = performance.now();
    using logits = forwardShots(model, inputs);
    await engine.idle();
    const seconds = (performance.now() - start) / 1000;
    await writeSafetensors(settings.out, { logits });
    const json = { seconds, backend: engine.description, model: description, logits: logits.shape, out: settings.out };
    return { json, text: `${settings.out}: logits ${formatShape(logits.shape)} in ${seconds.toFixed(2)} s` };
  },
});

/** @returns logits [B, 2, H, W], or [B, K, 2, H, W] if the inputs have an axis of shots */
function forwardShots(model: HSNet, { query, shots, shotAxis }: ForwardInputs): Tensor {
  return noGrad(() =>
    scope(() => {
      const logits = stack(
        shots.map(({ support, mask }) => model.forward(query, support, mask)),
        1,
      );
      const [batch, , channel, height, width] = logits.shape;
      return shotAxis ? logits : reshape(logits, [batch, channel, height, width]);
    }),
  );
}
