import fc from 'fast-check';
import { trainCommand } from '../../../apps/trainer/src/tasks/few-shot.ts';
import { parseConfiguration } from '../../../apps/trainer/src/cli/configuration.ts';
import { UsageError } from '../../../apps/trainer/src/cli/failure.ts';
import { resolveOptions } from '../../../apps/trainer/src/cli/option.ts';
import { damaged } from './damage.ts';
import type { Reader } from './readers.ts';
import { anyJson, mostly, written } from './structured-data.ts';

/** The settings that `hypercorr train` needs, and one of each kind: words, numbers, a list, switches. */
const sound = { benchmark: 'fss', data: 'x', out: 'y' };
const settings = { ...sound, shots: 2, lr: 0.001, augment: ['flip'], 'max-time': '1h', 'support-mask': false, seed: 3 };

/** Options by the command's names, each with a value that some option takes. */
const values = fc.oneof(
  fc.nat({ max: 300 }),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.boolean(),
  fc.constantFrom('resnet50', 'fss', 'flip', '1h', '0.5', '12'),
  fc.array(fc.constantFrom('flip', 'crop'), { maxLength: 3 }),
);
const names = fc.constantFrom(...Object.values(trainCommand.options).map(({ name }) => name));
const configurations = fc
  .tuple(
    fc.dictionary(names, mostly(values), { maxKeys: 2 }),
    fc.dictionary(fc.constantFrom('command', '__proto__', 'toString', 'epoch'), anyJson, { maxKeys: 1 }),
    fc.nat({ max: 19 }),
  )
  .map(([some, strange, dice]) => written({ ...sound, ...some, ...(dice === 0 && strange) }));

/** The file of `--config`, read as `hypercorr train` reads it. A run keeps it as its config.json. */
export const configurationReader: Reader = {
  name: 'configuration',
  read(bytes) {
    const files = [parseConfiguration(bytes, 'config.json')];
    return Object.keys(resolveOptions(trainCommand.options, { flags: {}, environment: {}, files }).settings).length;
  },
  refusal: UsageError,
  milliseconds: 100,
  timesTheFile: 1,
  inputs: damaged([written(settings), written(sound)], configurations),
};
