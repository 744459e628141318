import {
  checkBenchmark,
  checkDataset,
  layouts,
  type BenchmarkCensus,
  type Census,
  type FaultKind,
  type FoldCensus,
} from '@hypercorr/datasets/node';
import { isFolded } from '@hypercorr/hsnet/node';
import { defineCommand, type Context } from '../cli/command.ts';
import { counted } from '@hypercorr/train';
import { exitCodes, UsageError } from '../cli/failure.ts';
import { faultLines } from '../cli/fault-lines.ts';
import { required, withDefault, type Settings } from '../cli/option.ts';
import { data as dataOptions, masks, output, own } from '../cli/options.ts';
import { formatTable } from '../cli/text-table.ts';

const options = {
  ...output,
  data: required(own.data),
  layout: withDefault(own.layout, 'fss'),
  splits: dataOptions.splits,
  classSplit: dataOptions.classSplit,
  cocoRaster: dataOptions.cocoRaster,
  crowds: dataOptions.crowds,
  ...masks,
  files: own.files,
  shots: withDefault({ ...own.shots, about: 'support images that every class must have beside the query' }, 1),
} as const;

type CheckSettings = Settings<typeof options>;

export const datasetsCheckCommand = defineCommand({
  name: 'datasets check',
  summary: 'counts the images and classes of a dataset, and finds its faults',
  description:
    'Reads every file. fss: DIR/<class>/{1.jpg,1.png,…}; folder: DIR/<class>/{images,masks}/<name>.*, or as fss; indexed: ' +
    "DIR/{images,masks}/<name>.* and DIR/classes.json; coco-json: annotations like COCO's (a file, or DIR with one); manifest: a " +
    'JSONL file of {image, mask, class}, or DIR/manifest.jsonl. With pascal and coco it also counts each fold, and compares it ' +
    'with the published lists. Exits with 1 for errors. Warnings do not prevent training.',
  options,
  examples: [
    ['hypercorr datasets check --data FSS-1000', 'a census of FSS-1000'],
    [
      'hypercorr datasets check --data VOC2012 --layout pascal --splits splits/pascal',
      'every fold of PASCAL-5i, and all of its files',
    ],
    ['hypercorr datasets check --data cats --layout folder --shots 5 --json', 'your own data, for 5-shot episodes'],
  ],
  run: check,
});

async function check(settings: CheckSettings, { log }: Context) {
  const census = await takeCensus(settings, log);
  const errors = census.faults.filter(({ severity }) => severity === 'error').length;
  return {
    json: { ...census },
    text: describe(census, errors),
    exitCode: errors > 0 ? exitCodes.failed : exitCodes.done,
  };
}

function takeCensus(settings: CheckSettings, log: Context['log']): Promise<Census | BenchmarkCensus> {
  const onProgress = log.counting('image');
  const { data, layout, shots, splits, classSplit, cocoRaster, crowds, files, mask, storedPixels } = settings;
  checkMeant(settings);
  return isFolded(layout)
    ? checkBenchmark({
        benchmark: layout,
        root: data,
        lists: splits,
        division: classSplit,
        raster: cocoRaster,
        shots,
        onProgress,
        files: files ?? true,
      })
    : checkDataset({
        root: data,
        layout,
        crowds,
        foreground: mask,
        overStored: storedPixels,
        shots,
        onProgress,
        onScan: log.counting('mask'),
      });
}

/** @throws UsageError for an option that would be ignored */
function checkMeant({
  layout,
  splits,
  files,
  classSplit,
  cocoRaster,
  crowds,
  mask,
  storedPixels,
}: CheckSettings): void {
  const isMeant = (flag: string, value: unknown, list: readonly string[]): void => {
    if (value === undefined || list.includes(layout)) return;
    throw new UsageError(`${flag} is for --layout ${list.join(' and ')}; this one is ${layout}`);
  };
  isMeant('--splits', splits, ['pascal', 'coco']);
  isMeant('--no-files', files, ['pascal', 'coco']);
  isMeant('--class-split', classSplit, ['coco']);
  isMeant('--coco-raster', cocoRaster, ['coco']);
  isMeant('--crowds', crowds, ['coco-json']);
  isMeant('--mask', mask, ['fss', 'folder', 'manifest']);
  isMeant('--stored-pixels', storedPixels || undefined, layouts);
}

function describe(census: Census | BenchmarkCensus, errors: number): string {
  const { images, classes, encodings, sizes, faults } = census;
  const counts = classes.map((each) => each.images);
  const masks = Object.entries(encodings).map(([encoding, count]) => `${count} ${encoding}`);
  return [
    ...('folds' in census ? [describeFolds(census)] : []),
    ...(counts.length === 0
      ? []
      : [
          `${counted(classes.length, 'class')}, ${counted(images, 'image')}, ${Math.min(...counts)} to ${Math.max(...counts)} a class`,
          `masks: ${masks.join(', ')}`,
        ]),
    ...(sizes === undefined
      ? []
      : [`sizes: ${sizes.smallest.width}×${sizes.smallest.height} to ${sizes.largest.width}×${sizes.largest.height}`]),
    `${counted(errors, 'error')}, ${counted(faults.length - errors, 'warning')}`,
    ...faultLines(faults),
    ...remedies.filter(({ kind }) => faults.some((fault) => fault.kind === kind)).map(({ remedy }) => remedy),
  ].join('\n');
}

/** Options that settle what is a guess. */
const remedies = [
  { kind: 'doubt', remedy: '--mask says what the values of masks mean, for this command and for others' },
  {
    kind: 'turned',
    remedy: '--stored-pixels is for masks that were drawn over the stored pixels, for this command and for others',
  },
] as const satisfies readonly { readonly kind: FaultKind; readonly remedy: string }[];

function describeFolds({ folds, source }: BenchmarkCensus): string {
  const heading = ['fold', 'train pairs', 'images', 'with test classes', 'test pairs', 'images', 'as published'];
  const row = ({ fold, train, test, novelImages, differences }: FoldCensus): readonly string[] =>
    [
      fold,
      train.pairs,
      train.images,
      novelImages,
      test.pairs,
      test.images,
      differences === undefined ? '–' : differences.length === 0 ? 'yes' : 'no',
    ].map(String);
  const told = folds.flatMap(({ fold, differences = [] }) =>
    differences.map((difference) => `  fold ${fold}, ${difference}`),
  );
  return [source, formatTable([heading, ...folds.map(row)]), ...told].join('\n');
}
