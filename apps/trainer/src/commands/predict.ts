import { resizeNearest } from '@hypercorr/datasets';
import { readReduced } from '@hypercorr/datasets/node';
import {
  PhotographWatch,
  SupportsError,
  type FoundClass,
  type RememberOptions,
  type SegmentedImage,
} from '@hypercorr/hsnet';
import { Segmenter, type FileExample } from '@hypercorr/hsnet/node';
import { boxesIn, maskObjects } from '@hypercorr/vision/objects';
import { prepareFolder } from '@hypercorr/train/node';
import { CommandError, UsageError, describeFailure } from '../cli/failure.ts';
import { defineCommand } from '../cli/command.ts';
import { openModel } from '../cli/open-model.ts';
import { required } from '../cli/option.ts';
import { computing, masks, model as modelOptions, output, own, protocol } from '../cli/options.ts';
import { formatsOf, type FormatName } from './predict/formats/index.ts';
import { namesWithin, outputNames } from './predict/output-names.ts';
import { queryFiles } from './predict/query-files.ts';
import { exampleOf, supportsByClass, type SupportText } from './predict/support-text.ts';
import { Sheet } from './predict/sheet.ts';
import { ResultFolder } from './predict/write-results.ts';

/** The forms that have outlines, and how far these are from the edges of the pixels. */
const outlined: ReadonlySet<FormatName> = new Set(['coco', 'yolo', 'labelme', 'polygons']);
const usualTolerance = 1;

/** What is said of a class in one query. */
type ClassResult = Pick<FoundClass, 'name' | 'found' | 'score' | 'pixels'> & {
  /** The box around its pixels, [left, top, width, height]; null without any. */
  readonly box: readonly number[] | null;
};

/** The result of one query. */
interface QueryResult {
  readonly file: string;
  /** The mask's file; null after an error, and where only other forms were asked for. */
  readonly mask: string | null;
  /** The share of pixels that are not background, 0 to 1. */
  readonly foreground: number | null;
  /** Whether the query shows each class; null after an error. */
  readonly classes: readonly ClassResult[] | null;
  readonly error: string | null;
  readonly probabilities?: Readonly<Record<string, string>>;
  readonly overlay?: string;
  /** Files of other forms. */
  readonly files?: readonly string[];
}

export const predictCommand = defineCommand({
  name: 'predict',
  summary: 'finds in your images what you marked in others',
  description:
    'Writes a mask for each query, at its own size. With one class a mask holds 0 and 255. With several classes it is a ' +
    'palette PNG, and legend.json names the class of each index. Several supports of a class are shots, and they vote, as in ' +
    'eval: a pixel is the object if it has at least half as many votes as the pixel with the most (--vote published). --threshold decides by the ' +
    'probability instead. Where several classes ' +
    'claim a pixel, the most probable class gets it. A probability is the mean over the shots.\n' +
    'Each class gets a score from 0 to 1 in each query: how sure it is that the query shows the class. A class whose score is too low is not found, and ' +
    'has no pixels in the mask. The weights say which score is too low, if hypercorr calibrate has written it into them, or else --min-score.',
  options: {
    ...output,
    ...computing,
    ...modelOptions,
    support: required(own.support),
    ...masks,
    query: required(own.query),
    recursive: own.recursive,
    vote: protocol.vote,
    threshold: own.threshold,
    minScore: own.minScore,
    out: required(own.out),
    format: own.format,
    tolerance: own.tolerance,
    probability: own.probability,
    overlay: own.overlay,
    sheet: own.sheet,
    minArea: own.minArea,
    fillHoles: own.fillHoles,
    smooth: own.smooth,
  },
  examples: [
    [
      'hypercorr predict --support cat.jpg:cat-mask.png --query photos --out masks --overlay',
      'marks cats in a folder of photographs',
    ],
    [
      'hypercorr predict --support cat=1.jpg:1.png --support dog=2.jpg:2.png --query park.jpg --out masks',
      'finds two classes, and writes one indexed mask and legend.json',
    ],
  ],
  async run(settings, context) {
    if (settings.vote !== undefined && settings.threshold !== undefined)
      throw new UsageError('--threshold takes the place of a vote; leave --vote or --threshold out');
    if (settings.tolerance !== undefined && settings.format?.some((name) => outlined.has(name)) !== true)
      throw new UsageError(`--tolerance is for outlines: give --format ${[...outlined].join(', ')} too`);
    const classes = supportsByClass(settings.support);
    if (settings.vote !== undefined && [...classes.values()].every((supports) => supports.length === 1))
      throw new UsageError('--vote is for classes of several supports, and each class has one; leave --vote out');
    const masks = [...classes.values()].flat().flatMap(({ mask }) => mask ?? []);
    const files = await queryFiles(settings.query, { masks, recursive: settings.recursive, log: context.log });
    prepareFolder(settings.out);
    const engine = await context.engine(settings);
    const { model, description, weights, training, presence } = await openModel(settings, engine, context.log);
    await using segmenter = new Segmenter(model, {
      size: description.size,
      source: [weights, settings.backboneWeights ?? []].flat().join(', '),
      presence,
      owns: ['model'],
    });
    const warnings: string[] = [];
    await rememberAll(segmenter, classes, {
      foreground: settings.mask,
      overStored: settings.storedPixels,
      onDoubt: (message) => warn(`${message}; --mask says what is meant`),
    });
    const shown = [...classes.values()].flat().flatMap(({ image, mask }) => [image, mask ?? []].flat());
    const folder = new ResultFolder(settings.out, [...classes.keys()], [...shown, ...files]);
    const legend = classes.size > 1 ? await folder.legend() : undefined;

    const asked = settings.format ?? ['png'];
    const formats = formatsOf(asked, {
      classes: [...classes.keys()],
      parts: folder.parts,
      out: settings.out,
      nameOf: namesWithin(files),
    });
    const sheet = settings.sheet
      ? await Sheet.of(classes, { foreground: settings.mask, overStored: settings.storedPixels })
      : undefined;
    const names = outputNames(files);
    const progress = context.log.progress(files.length, { unit: 'query' });
    const queries: QueryResult[] = [];
    const watch = new PhotographWatch(training);
    if (watch.isOfDrawings) {
      // A support looks like the queries.
      const examples = [...classes.values()].flat().map(({ image }) => image);
      for (const example of examples)
        if (watch.see((await readReduced(example)).image)) warn(photographs(weights, example));
    }
    for (const [position, file] of files.entries()) {
      const result = await predict(file, names[position] ?? file);
      if (result.error !== null) context.log.error(result.error);
      queries.push(result);
      progress.update(queries.length, file);
    }
    const formatFiles = await folder.files(formats.flatMap((format) => format.end?.() ?? []));
    const sheetFile = sheet === undefined ? undefined : await folder.sheet(sheet.encode());
    const failed = queries.filter(({ error }) => error !== null).length;
    return {
      json: {
        queries,
        ...(legend === undefined ? {} : { legend }),
        ...(sheetFile === undefined ? {} : { sheet: sheetFile }),
        ...(formatFiles.length === 0 ? {} : { files: formatFiles }),
        warnings,
        model: description,
        backend: engine.description,
      },
      text: [...queries.map(textOf), ...(sheetFile === undefined ? [] : [`look at ${sheetFile}`])].join('\n'),
      ...(failed > 0 ? { exitCode: 1 } : {}),
    };

    /** Says what --quiet does not hide, and what the JSON keeps. */
    function warn(message: string): void {
      warnings.push(message);
      context.log.warn(message);
    }

    async function predict(file: string, name: string): Promise<QueryResult> {
      try {
        const { image, size } = await readReduced(file);
        if (watch.see(image)) warn(photographs(weights, file));
        const probabilities: [className: string, file: string][] = [];
        const found = await segmenter.segment(image, {
          name: file,
          size,
          vote: settings.vote,
          threshold: settings.threshold,
          leastScore: settings.minScore,
          clean: { minArea: settings.minArea, fillHoles: settings.fillHoles, smooth: settings.smooth },
          probabilities:
            settings.probability &&
            (async (of) => void probabilities.push([of.className, await folder.probability(name, size, of)])),
        });
        sheet?.add(file, image, found);
        // A very large photograph's overlay has the size at which the photograph was read.
        const overlay =
          settings.overlay || asked.includes('overlay')
            ? await folder.overlay(
                name,
                image,
                image.width === size.width ? found.mask : resizeNearest(found.mask, image),
              )
            : undefined;
        const objects =
          formats.length === 0 ? [] : maskObjects(found.mask, { tolerance: settings.tolerance ?? usualTolerance });
        const written: string[] = [];
        for (const format of formats)
          written.push(...(await folder.files(await format.query({ file, name, image, found, objects }))));
        const boxes = boxesIn(found.mask, found.classes.length);
        return {
          file,
          mask: asked.includes('png') ? await folder.mask(name, found.mask) : null,
          foreground: foregroundShare(found),
          classes: found.classes.map(({ name: of, index, found: isFound, score, pixels }) => ({
            name: of,
            found: isFound,
            score,
            pixels,
            box: boxes[index - 1] ?? null,
          })),
          error: null,
          ...(settings.probability ? { probabilities: Object.fromEntries(probabilities) } : {}),
          ...(overlay === undefined ? {} : { overlay }),
          ...(written.length === 0 ? {} : { files: written }),
        };
      } catch (error) {
        const message = describeFailure(error);
        return {
          file,
          mask: null,
          foreground: null,
          classes: null,
          error: message.includes(file) ? message : `${file}: ${message}`,
        };
      }
    }
  },
});

function photographs(weights: string, file: string): string {
  return (
    `${weights} knows drawn figures alone, and ${file} looks like a photograph: its mask means little. ` +
    'Weights for photographs are taken when --weights is left out'
  );
}

/** @throws CommandError with a line for each support that cannot be used */
async function rememberAll(
  segmenter: Segmenter,
  classes: ReadonlyMap<string, readonly SupportText[]>,
  { onDoubt, ...how }: Pick<FileExample, 'foreground' | 'overStored'> & Required<Pick<RememberOptions, 'onDoubt'>>,
): Promise<void> {
  const faults: Error[] = [];
  for (const [name, supports] of classes) {
    try {
      await segmenter.remember(
        name,
        supports.map((support) => exampleOf(support, how)),
        { onDoubt },
      );
    } catch (error) {
      if (!(error instanceof SupportsError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new CommandError(faults.map(describeFailure).join('\n'));
}

function foregroundShare({ width, height, classes }: SegmentedImage): number {
  return classes.reduce((sum, { pixels }) => sum + pixels, 0) / (width * height);
}

function textOf({ file, mask, foreground, classes, files = [] }: QueryResult): string {
  if (foreground === null || classes === null) return `${file}: failed`;
  const [first, ...others] = [mask ?? [], files].flat();
  const written = first === undefined ? [] : [others.length === 0 ? first : `${first} and ${others.length} more`];
  return [`${file}: ${(100 * foreground).toFixed(1)} % foreground`, ...classes.map(presenceText), ...written].join(
    ', ',
  );
}

function presenceText({ name, found, score }: ClassResult): string {
  return `${name} ${found ? 'found' : 'not found'} (score ${score.toFixed(2)})`;
}
