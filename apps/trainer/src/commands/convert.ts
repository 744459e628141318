import type { RawTensor } from '@hypercorr/nn';
import { openWeights, writeSafetensors } from '@hypercorr/nn/node';
import { listed, sizeOf } from '@hypercorr/tensor';
import { defineCommand } from '../command.ts';
import { checkNotRead, prepareToWrite } from '../files.ts';
import { required } from '../option.ts';
import { output, own } from '../options.ts';

export const convertCommand = defineCommand({
  name: 'convert',
  summary: 'writes the tensors of a PyTorch file as safetensors',
  description:
    'Reads a state dict that torch.save wrote (.pt, .pth, in either container), or a safetensors file, told apart by content. ' +
    'Every tensor keeps its name, its dtype and its bits. Nothing in the file is run: one that holds more than tensors and ' +
    'plain containers is refused, with the name of what it asks for.',
  options: { ...output, file: required(own.file), out: required(own.outFile), key: own.stateKey },
  examples: [
    ['hypercorr convert resnet50-19c8e357.pth --out resnet50.safetensors', "torchvision's weights for a backbone"],
    ['hypercorr convert checkpoint.pt --key net --out net.safetensors', 'the state dict that a script kept under "net"'],
  ],
  async run({ file: path, out, key }, { log }) {
    checkNotRead(out, [path]);
    prepareToWrite(out);
    const file = await openWeights(path, { key });
    const raw: [string, RawTensor][] = [];
    try {
      for (const name of file.names) raw.push([name, await file.raw(name)]);
    } finally {
      await file.close();
    }
    const { format, others = [], metadata } = file;
    // Programs that load safetensors into PyTorch look for this word.
    await writeSafetensors(out, Object.fromEntries(raw), { metadata: format === 'pytorch' ? { format: 'pt' } : metadata });
    if (others.length > 0) log.say(`left out, since they are no tensors: ${listed(others.map((name) => JSON.stringify(name)))}`);
    const tensors = raw.map(([name, { dtype, shape, bytes }]) => ({ name, dtype, shape, bytes: bytes.length }));
    const elements = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
    const json = { file: path, format, out, tensors, elements, bytes, left_out: others };
    return { json, text: `${out}: ${tensors.length} tensors of ${elements.toLocaleString('en-US')} elements, ${(bytes / 2 ** 20).toFixed(1)} MiB` };
  },
});
