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
    `Lists an image for each class that has at least ${leastObject} pixels in its mask (2·32·32, the rule of OSLSM and PFENet). ` +
    "Images to test are VOC's validation images and COCO's val2014. The published lists come from the same images, but their " +
    'rules are not fully published: use the published lists for figures that are compared with others.',
  options,
  examples: [
    [
      'hypercorr datasets split --layout coco --data COCO2014 --out COCO2014/splits',
      'train and eval then find these lists by themselves',
    ],
  ],
  run: split,
});

async function split({ layout, data, out, classSplit, cocoRaster }: Settings<typeof options>, { log }: Context) {
  if (!isFolded(layout)) throw new UsageError(`--layout ${layout} has no folds; split lists are for pascal and coco`);
  if (layout !== 'coco' && (classSplit ?? cocoRaster) !== undefined)
    throw new UsageError(`--class-split and --coco-raster are for --layout coco; this one is ${layout}`);
  prepareEmptyFolder(out);
  const files = await writeLists(
    { benchmark: layout, root: data, division: classSplit, raster: cocoRaster, onProgress: log.counting('mask') },
    out,
  );
  return { json: { files }, text: [counted(files.length, 'list'), ...files.map((file) => `  ${file}`)].join('\n') };
}
