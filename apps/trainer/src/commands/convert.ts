import { extname } from 'node:path';
import { isOfLearner, unwrapCheckpoint } from '@hypercorr/hsnet';
import { exportOnnx } from '@hypercorr/hsnet/onnx';
import { toHalf, type RawTensor } from '@hypercorr/nn';
import { openWeights, writeSafetensors } from '@hypercorr/nn/node';
import { Engine, referenceBackend } from '@hypercorr/tensor';
import { listed, sizeOf } from '@hypercorr/tensor/op';
import { defineCommand, type Context } from '../cli/command.ts';
import { checkNotRead } from '../cli/output.ts';
import { prepareToWrite, writeFileAtomically } from '@hypercorr/train/node';
import { counted } from '@hypercorr/train';
import { UsageError } from '../cli/failure.ts';
import { openModel } from '../cli/open-model.ts';
import { required, type Settings } from '../cli/option.ts';
import { model, output, own } from '../cli/options.ts';

/** The model's options. Only ONNX needs them, since an ONNX file holds the computation and not only tensors. */
const { backbone, kernel, backboneWeights, size, supportMask } = model;
const onnxOptions = { backbone, kernel, backboneWeights, size, supportMask };

const options = {
  ...output,
  file: required(own.file),
  out: required(own.outFile),
  key: own.stateKey,
  part: own.part,
  half: own.half,
  ...onnxOptions,
};

type ConvertSettings = Settings<typeof options>;

export const convertCommand = defineCommand({
  name: 'convert',
  summary: 'writes weights as safetensors, or a model as ONNX',
  description:
    'Reads a state dict written by torch.save (.pt or .pth, old or new container) or a safetensors file. The content decides which. ' +
    'No code in the file is run. Only tensors are read; what else stands among them is left out and named.\n' +
    'Safetensors output keeps the name, dtype and bits of every tensor. With --half, float32 becomes half precision. With --part learner, the ' +
    'backbone is left out. For --out NAME.onnx the file must hold HSNet. It is written ' +
    'as ONNX, operator set 17, for images of --size N. The inputs are query and support (1,3,N,N), normalised by ' +
    "ImageNet's mean and deviation, and mask (1,N,N). The output is logits (1,2,N,N). With --part learner the inputs are correlations (1,taps,h,w,h',w').",
  options,
  examples: [
    ['hypercorr convert resnet50-19c8e357.pth --out resnet50.safetensors', "torchvision's weights for a backbone"],
    [
      'hypercorr convert checkpoint.pt --key net --out net.safetensors',
      'the state dict that a script kept under "net"',
    ],
    ['hypercorr convert runs/demo/last.safetensors --out hsnet.onnx', 'a trained model, for ONNX Runtime'],
    [
      'hypercorr convert runs/photos/best.safetensors --part learner --half --out photos.safetensors',
      'weights to ship',
    ],
  ],
  run: (settings, context) =>
    formatOf(settings.out) === 'onnx' ? writeOnnx(settings, context) : writeTensors(settings, context),
});

/** The output format by the ending of the name; safetensors if there is no ending. */
function formatOf(out: string): 'onnx' | 'safetensors' | undefined {
  switch (extname(out).toLowerCase()) {
    case '.onnx':
      return 'onnx';
    case '.safetensors':
    case '':
      return 'safetensors';
    default:
      return undefined;
  }
}

async function writeOnnx(settings: ConvertSettings, { log }: Context) {
  const { file, out, key, part = 'model', half, backboneWeights: backboneFile } = settings;
  if (half) throw new UsageError('--half is only for safetensors output: ONNX files hold float32');
  if (key !== undefined)
    throw new UsageError(
      '--key is only for safetensors output; convert to safetensors first, then convert that file to ONNX',
    );
  checkNotRead(out, [file, backboneFile]);
  prepareToWrite(out);
  const engine = new Engine(referenceBackend());
  const { model: network, description } = await openModel({ ...settings, weights: file }, engine, log, {
    learnerOnly: part === 'learner',
  });
  const onnx = await exportOnnx(network, { size: description.size, part });
  writeFileAtomically(out, onnx);
  const json = { file, format: 'onnx', part, out, model: description, bytes: onnx.length };
  return {
    json,
    text: `${out}: the ${part} as ONNX, for images of ${description.size}×${description.size}, ${megabytes(onnx.length)}`,
  };
}

async function writeTensors(settings: ConvertSettings, { log }: Context) {
  const { file: path, out, key, part, half } = settings;
  const unused = Object.entries(onnxOptions).filter(
    ([option]) => settings[option as keyof typeof onnxOptions] !== undefined,
  );
  // A warning is enough: environment variables may set these options for other commands.
  if (unused.length > 0)
    log.warn(`only ONNX needs ${listed(unused.map(([, { name }]) => name))}; ${out} is written as safetensors`);
  checkNotRead(out, [path]);
  if (formatOf(out) === undefined)
    throw new UsageError(
      `--out ${out}: cannot write ${extname(out)} files; give a name that ends in .safetensors, or in .onnx for ONNX`,
    );
  prepareToWrite(out);
  const file = await openWeights(path, { key });
  const raw: [string, RawTensor][] = [];
  try {
    const names = part === 'learner' ? learnerNames(file.names, path) : file.names;
    if (names.length === 0) throw new UsageError(`${path} holds no learner; leave --part out`);
    for (const name of names) {
      const tensor = await file.raw(name);
      raw.push([name, half ? toHalf(tensor, { name }) : tensor]);
    }
  } finally {
    await file.close();
  }
  const { format, others = [], metadata } = file;
  // Programs that load safetensors into PyTorch look for this entry.
  await writeSafetensors(out, Object.fromEntries(raw), {
    metadata: format === 'pytorch' ? { format: 'pt' } : metadata,
  });
  if (others.length > 0)
    log.say(`left out, because they are not tensors: ${listed(others.map((name) => JSON.stringify(name)))}`);
  const tensors = raw.map(([name, { dtype, shape, bytes }]) => ({ name, dtype, shape, bytes: bytes.length }));
  const elements = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const json = { file: path, format, out, tensors, elements, bytes, left_out: others };
  return {
    json,
    text: `${out}: ${counted(tensors.length, 'tensor')} of ${elements.toLocaleString('en-US')} elements, ${megabytes(bytes)}`,
  };
}

/** The names of HSNet's learner, in a checkpoint of this library or another. */
function learnerNames(names: readonly string[], source: string): readonly string[] {
  const { prefix } = unwrapCheckpoint(names, { source });
  return names.filter((name) => name.startsWith(prefix) && isOfLearner(name.slice(prefix.length)));
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
