import { checkDataset, type Census } from '@hypercorr/datasets/node';
import { defineCommand, type Context } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { required, withDefault, type Settings } from '../option.ts';
import { output, own } from '../options.ts';

const options = {
  ...output,
  data: required(own.data),
  layout: withDefault(own.layout, 'fss'),
  shots: withDefault({ ...own.shots, about: 'support images that every class must have, besides the query' }, 1),
} as const;

export const datasetsCheckCommand = defineCommand({
  name: 'datasets check',
  summary: 'counts what a dataset holds, and finds everything that is wrong with it',
  description:
    'Reads every file. fss: DIR/<class>/{1.jpg,1.png,…}; folder: DIR/<class>/{images,masks}/<name>.*, or as fss. ' +
    'Exits with 1 when there are errors; warnings are what training can live with.',
  options,
  examples: [
    ['hypercorr datasets check --data FSS-1000', 'a census of FSS-1000'],
    ['hypercorr datasets check --data cats --layout folder --shots 5 --json', "one's own data, for 5-shot episodes"],
  ],
  run: check,
});

async function check({ data, layout, shots }: Settings<typeof options>, { log }: Context) {
  const census = await checkDataset({
    ...{ root: data, layout, shots },
    onProgress: log.counting('image'),
  });
  const errors = census.faults.filter(({ severity }) => severity === 'error').length;
  return { json: { ...census }, text: describe(census, errors), exitCode: errors > 0 ? exitCodes.failed : exitCodes.done };
}

function describe({ images, classes, encodings, sizes, faults }: Census, errors: number): string {
  const counts = classes.map((each) => each.images);
  const masks = Object.entries(encodings).map(([encoding, count]) => `${count} ${encoding}`);
  return [
    `${classes.length} classes, ${images} images, ${Math.min(...counts)} to ${Math.max(...counts)} a class`,
    `masks: ${masks.join(', ')}`,
    ...(sizes === undefined ? [] : [`sizes: ${sizes.smallest.width}×${sizes.smallest.height} to ${sizes.largest.width}×${sizes.largest.height}`]),
    `${errors} errors, ${faults.length - errors} warnings`,
    ...faults.map(({ severity, file, message }) => `${severity}: ${message.startsWith(file) ? message : `${file}: ${message}`}`),
  ].join('\n');
}
