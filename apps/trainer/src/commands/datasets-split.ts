import { leastObject, writeLists } from '@hypercorr/datasets/node';
import { isFolded } from '@hypercorr/hsnet/node';
import { defineCommand, type Context } from '../cli/command.ts';
import { prepareEmptyFolder } from '../cli/output.ts';
import { counted } from '@hypercorr/train';
import { UsageError } from '../cli/failure.ts';
import { required, type Settings } from '../cli/option.ts';
import { data as dataOptions, output, own } from '../cli/options.ts';

const options = {
  ...output,
  layout: required({ ...own.layout, about: 'what the data is: pascal or coco' }),
  data: required(own.data),
  out: required(own.out),
  classSplit: dataOptions.classSplit,
  cocoRaster: dataOptions.cocoRaster,
} as const;

export const datasetsSplitCommand = defineCommand({
  name: 'datasets split',
  summary: "makes PASCAL-5i's or COCO-20i's split lists from the masks",
  description:
    `Lists an image for each class of which its mask has at least ${leastObject} pixels (2·32·32, the rule of OSLSM and PFENet). Images to test are ` +
    "VOC's validation images, and COCO's val2014. The published lists were made from the same images by rules that are not " +
    'published whole: figures to be compared with others need the published ones.',
  options,
  examples: [
    [
      'hypercorr datasets split --layout coco --data COCO2014 --out COCO2014/splits',
      'lists that train and eval then find by themselves',
    ],
  ],
  run: split,
});

async function split({ layout, data, out, classSplit, cocoRaster }: Settings<typeof options>, { log }: Context) {
  if (!isFolded(layout))
    throw new UsageError(`split lists are made for --layout pascal and coco; ${layout} has no folds`);
  if (layout !== 'coco' && (classSplit ?? cocoRaster) !== undefined)
    throw new UsageError(`--class-split and --coco-raster are for --layout coco; this one is ${layout}`);
  prepareEmptyFolder(out);
  const files = await writeLists(
    { benchmark: layout, root: data, division: classSplit, raster: cocoRaster, onProgress: log.counting('mask') },
    out,
  );
  return { json: { files }, text: [counted(files.length, 'list'), ...files.map((file) => `  ${file}`)].join('\n') };
}
