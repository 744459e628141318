import { complexity, kernelNames } from '@hypercorr/hsnet';
import { defineCommand } from '../cli/command.ts';
import { published } from './inspect/published.ts';
import { ablationTable, layerTable, totals } from './inspect/tables.ts';
import { describeWeights, inspectWeights } from './inspect/weights-file.ts';
import { describeNewModel } from '../cli/open-model.ts';
import { model as modelOptions, output } from '../cli/options.ts';

const { backbone, kernel, size, weights } = modelOptions;

export const inspectCommand = defineCommand({
  name: 'inspect',
  summary: 'parameters, multiply-adds and memory of a model, layer by layer, for each 4D convolution',
  description:
    'Multiply-adds are those of convolutions and correlations for one query and one support. Every tap is counted, also on ' +
    'padding; norms, activations and resizing are not counted. The backbone counts for one image, without its classifier. ' +
    "Memory is the size of a layer's result; the maximum is that of all tensors alive at one time, weights included.",
  options: { ...output, backbone, kernel, size, weights },
  examples: [
    ['hypercorr inspect --backbone resnet101 --kernel full', 'what the full 4D convolution would cost'],
    ['hypercorr inspect --weights runs/demo/best.safetensors', 'which model a file holds'],
  ],
  async run({ weights: path, ...settings }) {
    const weights = path === undefined ? undefined : await inspectWeights(path);
    const unsaid = { backboneWeights: undefined, supportMask: undefined };
    const { backbone, kernel, additions, size } = await describeNewModel({ ...settings, ...unsaid, weights: path });
    const cost = complexity({ backbone, kernel, additions, size });
    const kernels = kernelNames.map((name) => ({
      kernel: name,
      cost: complexity({ backbone, kernel: name, additions, size }),
    }));
    const json = {
      backbone,
      kernel,
      size,
      learner_params: cost.learnerParams,
      backbone_params: cost.backboneParams,
      macs: cost.macs.learner,
      backbone_macs: cost.macs.backbone,
      correlation_macs: cost.macs.correlation,
      peak_bytes: cost.peakBytes,
      layers: cost.layers.map(({ activationBytes, ...layer }) => ({ ...layer, activation_bytes: activationBytes })),
      kernels: kernels.map(({ kernel: name, cost: { learnerParams, macs } }) => ({
        kernel: name,
        learner_params: learnerParams,
        macs: macs.learner,
        published: published[name],
      })),
      ...(weights === undefined ? {} : { weights }),
    };
    const text = [
      `HSNet, ${backbone}, ${kernel}, ${size}×${size}, one shot`,
      ...(weights === undefined ? [] : [describeWeights(weights)]),
      layerTable(cost),
      totals(cost),
      ablationTable(kernels),
    ].join('\n\n');
    return { json, text };
  },
});
