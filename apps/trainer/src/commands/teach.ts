import { basename, extname } from 'node:path';
import { encodePng, type RgbImage } from '@hypercorr/datasets';
import {
  findMarkedPictures,
  findPhotographs,
  readImage,
  readMarkedPicture,
  type MarkedPicture,
} from '@hypercorr/datasets/node';
import { SupportsError, noteOf, type Taught } from '@hypercorr/hsnet';
import { Segmenter, writeTaughtWeights } from '@hypercorr/hsnet/node';
import { HypercorrError } from '@hypercorr/tensor';
import { counted } from '@hypercorr/train';
import { prepareToWrite, writeFileAtomically } from '@hypercorr/train/node';
import { drawContactSheet } from '@hypercorr/vision/pictures';
import { defineCommand, type Context } from '../cli/command.ts';
import { CommandError, UsageError, describeFailure } from '../cli/failure.ts';
import { openModelToCopy, weightsOf } from '../cli/open-model.ts';
import { required, withDefault, type Settings } from '../cli/option.ts';
import { computing, crowds, masks, modelToCopy, output, own, seed } from '../cli/options.ts';
import { checkWeightsOut } from '../cli/output.ts';

const options = {
  ...output,
  ...computing,
  ...modelToCopy,
  seed,
  examples: required(own.examples),
  ...masks,
  label: own.label,
  crowds,
  without: own.without,
  out: required(own.outFile),
  steps: withDefault(
    { ...own.steps, about: 'steps of training, of four pairs each (a second each on two cores)' },
    120,
  ),
  learningRate: withDefault(own.learningRate, 3e-4),
} as const;

type TeachSettings = Settings<typeof options>;

/** More pictures are a dataset, for `hypercorr train`. */
const mostExamples = 100;
/** Side in pixels of a picture on the sheet. */
const cell = 240;
/** The name under which the object is remembered. */
const object = 'object';

export const teachCommand = defineCommand({
  name: 'teach',
  summary: 'makes a model better at your own kind of object, in minutes',
  description:
    'Trains the model further on two or more pictures in which you marked the object. --examples is a folder: photographs beside masks of the same ' +
    'name (1.jpg, 1.png), or in images and masks; cut-outs with a transparent background; files of LabelMe, or one JSON of COCO annotations. ' +
    'Pictures whose mask is black, and those of --without, say what the object is not. The last marked picture is held out: it is segmented before and after, ' +
    'with the others as supports, and the better weights are kept. A sheet beside --out shows both.',
  options,
  examples: [
    [
      'hypercorr teach --examples windmills --out windmills.safetensors',
      'teaches windmills by a folder of marked photographs',
    ],
    [
      'hypercorr predict --weights windmills.safetensors --support windmills/1.jpg:windmills/1.png --query photos --out masks',
      'finds windmills with what it learned',
    ],
  ],
  run: teach,
});

async function teach(settings: TeachSettings, context: Context<typeof options>) {
  const { examples: folder, out, steps, learningRate } = settings;
  const { log } = context;
  const path = weightsOf(settings);
  checkWeightsOut(out, [path, settings.backboneWeights]);
  const sheetFile = `${out.slice(0, -extname(out).length)}.teach.png`;
  const pictures = await readPictures(folder, settings);
  for (const { name, doubt } of pictures)
    if (doubt !== undefined) log.warn(`${name}: ${doubt}; --mask says what is meant`);
  const marked = pictures.filter(({ mask }) => mask.data.includes(1));
  const [heldOut, supports] = [marked.at(-1), marked.slice(0, -1)];
  if (heldOut === undefined || supports.length === 0)
    throw new UsageError(
      `--examples ${folder} has ${counted(marked.length, 'marked picture')}; two are needed, one to learn from and one to judge by`,
    );
  const without = [
    ...pictures.filter((each) => !marked.includes(each)).map(({ image }) => image),
    ...(await readWithout(settings.without)),
  ];
  prepareToWrite(out);
  prepareToWrite(sheetFile);
  const engine = await context.engine(settings);
  const opened = await openModelToCopy({ ...settings, weights: path }, engine, log);
  await using segmenter = new Segmenter(opened.model, {
    size: opened.description.size,
    source: path,
    owns: ['model'],
  });
  const found = async (): Promise<Pick<MarkedPicture, 'image' | 'mask'>> => {
    const { mask } = await segmenter.segment(heldOut.image, { probabilities: false });
    return { image: heldOut.image, mask };
  };
  const taught = await withFaults(async () => {
    await segmenter.remember(object, supports);
    const before = await found();
    log.say(
      `${counted(supports.length, 'picture')} to learn from, ${basename(heldOut.name)} to judge by` +
        (without.length > 0 ? `, ${counted(without.length, 'picture')} without the object` : ''),
    );
    const progress = log.progress(steps, { unit: 'step' });
    const result = await segmenter.teach(marked, {
      absent: without,
      steps,
      learningRate,
      seed: settings.seed,
      onStep: ({ step, loss }) => progress.update(step, `loss ${loss.toFixed(4)}`),
    });
    return { ...result, pictures: { before, after: await found() } };
  });
  const { step } = taught;
  const note = noteOf(taught, { pictures: marked.length, without: without.length });
  await writeTaughtWeights(path, out, { model: opened.model, note });
  const sheet = drawContactSheet(
    [
      {
        name: 'held out',
        caption: `${basename(heldOut.name)}: IoU ${taught.before.toFixed(1)} before, ${taught.after.toFixed(1)} after`,
        panels: [
          { title: 'marked', ...supports[0] },
          { title: 'held out', image: heldOut.image, mask: heldOut.mask },
          { title: 'before', ...taught.pictures.before },
          { title: 'after', ...taught.pictures.after },
        ].map(({ title, image, mask }) => ({ title, image, mask })),
      },
    ],
    { cell },
  );
  await writeFileAtomically(sheetFile, encodePng(sheet));
  return {
    json: {
      weights: path,
      out,
      sheet: sheetFile,
      examples: marked.length,
      without: without.length,
      held_out: heldOut.name,
      iou_before: taught.before,
      iou_after: taught.after,
      helped: step > 0,
      step,
      backend: engine.description,
    },
    text: `${textOf(taught, heldOut.name, out)}\nlook at ${sheetFile}`,
  };
}

/** @throws CommandError with a line for each picture that cannot be read; UsageError for too many */
async function readPictures(
  folder: string,
  { label, crowds, mask, storedPixels }: Pick<TeachSettings, 'label' | 'crowds' | 'mask' | 'storedPixels'>,
): Promise<readonly MarkedPicture[]> {
  const files = await findMarkedPictures(folder, label, { crowds });
  if (files.length > mostExamples)
    throw new UsageError(
      `--examples ${folder} has ${files.length} pictures, and teach takes at most ${mostExamples}; hypercorr train learns from more`,
    );
  const pictures: MarkedPicture[] = [];
  const faults: string[] = [];
  for (const file of files) {
    try {
      pictures.push(await readMarkedPicture(file, { foreground: mask, overStored: storedPixels }));
    } catch (error) {
      if (!(error instanceof HypercorrError)) throw error;
      faults.push(describeFailure(error));
    }
  }
  if (faults.length > 0) throw new CommandError(faults.join('\n'));
  return pictures;
}

async function readWithout(folder: string | undefined): Promise<readonly RgbImage[]> {
  if (folder === undefined) return [];
  const files = await findPhotographs(folder);
  if (files.length > mostExamples)
    throw new UsageError(`--without ${folder} has ${files.length} pictures; teach takes at most ${mostExamples}`);
  return Promise.all(files.map(readImage));
}

/** @throws CommandError with a line for each picture that cannot be used */
async function withFaults<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof SupportsError)) throw error;
    throw new CommandError(error.faults.map(describeFailure).join('\n'));
  }
}

function textOf({ before, after, step }: Taught, heldOut: string, out: string): string {
  const of = `the IoU of ${basename(heldOut)}, which was held out`;
  if (step === 0)
    return `it did not help: ${of}, is ${before.toFixed(1)} and no step made it better; ${out} holds the weights as they were`;
  return `${out}: ${of}, went from ${before.toFixed(1)} to ${after.toFixed(1)} (the weights of step ${step})`;
}
