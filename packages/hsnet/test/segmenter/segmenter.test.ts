import { resizeBilinear, resizeNearest, type Mask, type RgbImage } from '@hypercorr/datasets';
import { parseSafetensors, serialiseTensors } from '@hypercorr/nn';
import { DisposedError, FormatError, full, read, readSync, scope, type Engine } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { describe, expect, it } from 'vitest';
import { imageTensor, itemTensors } from '@hypercorr/vision';
import { cleanMask } from '@hypercorr/vision/objects';
import {
  DamagedWeightsError,
  MissingWeightsError,
  OtherModelError,
  Segmenter,
  SegmenterError,
  SupportsError,
  combineShots,
  type Example,
} from '../../src/index.ts';
import { discPicture } from '../support/disc-picture.ts';
import { useEngine } from '../../../vision/test/support/engines.ts';
import { undecidedModel } from '../support/undecided-model.ts';

const size = 48;
const description = { backbone: 'tiny', kernel: 'center-pivot', supportMasking: true, additions: [], size };

/** Checkpoints of one model, by what they say of themselves. */
const checkpoints = new Map<string, Promise<Uint8Array>>();

function checkpoint(engine: Engine, about: object | null = { model: description }): Promise<Uint8Array> {
  const text = JSON.stringify(about);
  const written = checkpoints.get(text) ?? writeCheckpoint(engine, about === null ? {} : { hypercorr: text });
  checkpoints.set(text, written);
  return written;
}

async function writeCheckpoint(engine: Engine, metadata: Readonly<Record<string, string>>): Promise<Uint8Array> {
  using model = undecidedModel(engine, size);
  return serialiseTensors(model.stateDict(), { metadata });
}

const disc = (seed: number, width = 64, height = 60): Example => discPicture(width, height, seed);

describe('Segmenter.load', () => {
  const engine = useEngine('wasm');

  it('takes what the checkpoint says of itself, or its tensors say, unless something else is asked for', async () => {
    for (const [about, asked, expected] of [
      [{ model: description }, {}, 48],
      [{ model: description, training: undefined, later: 'a key of a later version' }, {}, 48],
      [null, {}, 400],
      [{ model: description }, { size: 32 }, 32],
    ] as const) {
      const weights = await checkpoint(engine(), about);
      await using segmenter = await Segmenter.load({ weights, engine: engine(), ...asked });
      const { backboneName, kernel, supportMasking } = segmenter.model;
      expect([backboneName, kernel, supportMasking, segmenter.size]).toEqual(['tiny', 'center-pivot', true, expected]);
    }
  });

  it('takes the learner alone with the weights of the backbone', async () => {
    const file = parseSafetensors(await checkpoint(engine()));
    const some = (prefix: string, cut = '') => {
      const names = file.names.filter((name) => name.startsWith(prefix));
      return serialiseTensors(Object.fromEntries(names.map((name) => [name.slice(cut.length), file.read(name)])));
    };
    const [weights, backboneWeights] = [await some('hpn_learner.'), await some('backbone.', 'backbone.')];
    await using segmenter = await Segmenter.load({ weights, backboneWeights, engine: engine(), size });
    const state = segmenter.model.stateDict();
    for (const name of file.names) {
      const stored = file.read(name).data;
      const elements = readSync(state[name] ?? expect.fail(name));
      expect(
        elements.every((element, i) => element === stored[i]),
        name,
      ).toBe(true);
    }
    const alone = Segmenter.load({ weights, source: 'mine', engine: engine() });
    await expect(alone).rejects.toThrow(MissingWeightsError);
    await expect(alone).rejects.toThrow('mine holds the learner alone; give the weights of the tiny backbone too');
  });

  it('refuses what is no HSNet, damaged, or another one than asked for; and leaves nothing behind', async () => {
    const whole = await checkpoint(engine());
    const file = parseSafetensors(whole);
    const without = async (name: string): Promise<Uint8Array> => {
      const names = file.names.filter((each) => each !== name);
      return serialiseTensors(Object.fromEntries(names.map((each) => [each, file.read(each)])));
    };
    const load = (weights: Uint8Array, asked = {}) =>
      Segmenter.load({ weights, source: 'mine', engine: engine(), ...asked });
    await expect(load(new TextEncoder().encode('nothing of the kind'))).rejects.toThrow(FormatError);
    await expect(load(await serialiseTensors({ 'fc.weight': file.read(file.names[0] ?? '') }))).rejects.toThrow(
      '[weights] mine holds no HSNet that is known here',
    );
    await expect(load(await without('backbone.conv1.weight'))).rejects.toThrow(/mine: .*backbone\.conv1\.weight/);
    await expect(load(whole, { backbone: 'resnet50' })).rejects.toThrow(OtherModelError);
    const position = { step: 1, nextItem: 1, phase: 0 };
    const ofAnotherTask = { task: 'colouring', model: description, training: {}, position };
    await expect(load(await checkpoint(engine(), ofAnotherTask))).rejects.toThrow(
      'it holds a model of colouring training, and HSNet is trained by few-shot training',
    );
    for (const about of [{}, { model: {} }, { model: { ...description, size: '48' } }, ofAnotherTask]) {
      await expect(load(await checkpoint(engine(), about))).rejects.toThrow(
        'mine describes itself in a way that this version does not understand',
      );
    }
    // As a program without types may call it.
    const missing = { engine: engine() } as unknown as Parameters<typeof Segmenter.load>[0];
    await expect(Segmenter.load(missing)).rejects.toThrow(MissingWeightsError);
    await expect(load(whole, { backend: wasm() })).rejects.toThrow(SegmenterError);
  });

  it('starts an engine where none is given, and ends that one alone', async () => {
    const weights = await checkpoint(engine());
    const own = await Segmenter.load({ weights, backend: wasm({ threads: 1 }) });
    expect(own.engine).not.toBe(engine());
    await own.dispose();
    expect(() => full([1], 0, { engine: own.engine })).toThrow(DisposedError);
    const given = await Segmenter.load({ weights, engine: engine() });
    await given.dispose();
    full([1], 0, { engine: engine() }).dispose();
  });
});

describe('segment', () => {
  const engine = useEngine('wasm');
  const open = async () => Segmenter.load({ weights: await checkpoint(engine()), engine: engine() });

  /** The model's own prediction from supports at the network's size, decided at the query's. */
  async function expected({ model }: Segmenter, supports: readonly Example[], query: Example) {
    const plane = { width: size, height: size };
    const seen = supports.map(({ image, mask }) => ({
      image: resizeBilinear(image as RgbImage, plane),
      mask: resizeNearest(mask as Mask, plane),
    }));
    const found = scope(() => {
      using prepared = model.prepare(seen.map((item) => itemTensors(item, { engine: engine() })));
      const image = imageTensor(resizeBilinear(query.image as RgbImage, plane), { engine: engine() });
      const [shots = []] = model.shotLogits(image, [prepared]);
      return combineShots(shots, [query.image.height, query.image.width]);
    });
    const [mask, probability] = [await read(found.mask), await read(found.probability)];
    for (const tensor of [found.mask, found.probability, found.votes]) tensor.dispose();
    return { mask: [...mask], probability };
  }

  it("is the model's prediction, at the image's own size", async () => {
    await using segmenter = await open();
    const query = disc(7, 90, 30);
    await segmenter.remember('disc', [disc(1), disc(2)]);
    const whole = await segmenter.segment(query.image);
    const { mask, probability } = await expected(segmenter, [disc(1), disc(2)], query);
    expect([...whole.mask.data]).toEqual(mask);
    expect(whole.probabilities.get('disc')).toEqual(probability);
    expect(new Set(mask)).toEqual(new Set([0, 1]));
    const pixels = mask.reduce((sum, value) => sum + value, 0);
    expect(whole).toMatchObject({ width: 90, height: 30, classes: [{ name: 'disc', index: 1, pixels }] });
    // A name that is known gets more shots.
    segmenter.forget('disc');
    await segmenter.remember('disc', [disc(1)]);
    await segmenter.remember('disc', [disc(2)]);
    expect(await segmenter.segment(query.image)).toEqual(whole);
  });

  it('several classes share the pixels; some of them may be asked for, in any order', async () => {
    await using segmenter = await open();
    await segmenter.remember('a', [disc(1)]);
    await segmenter.remember('b', [disc(3, 50, 50)]);
    expect(segmenter.classes).toEqual(['a', 'b']);
    const { image } = disc(4);
    const both = await segmenter.segment(image);
    const [a, b] = ['a', 'b'].map((name) => both.probabilities.get(name) ?? expect.fail(name));
    for (const [pixel, index] of both.mask.data.entries()) {
      const [ofA = 0, ofB = 0] = [a?.[pixel], b?.[pixel]];
      if (index !== 0) expect(index).toBe(ofB > ofA ? 2 : 1);
    }
    const only = await segmenter.segment(image, { classes: ['b'], probabilities: false });
    expect([only.classes.map(({ name }) => name), only.probabilities.size]).toEqual([['b'], 0]);
    expect(only.mask.data.every((index, pixel) => index === 0 || (b?.[pixel] ?? 0) > 0)).toBe(true);
    const sure = await segmenter.segment(image, { classes: ['b'], threshold: 0.6 });
    expect([...sure.mask.data]).toEqual(Array.from(b ?? [], (probability) => Number(probability > Math.fround(0.6))));
    const told: [string, Float32Array][] = [];
    const streamed = await segmenter.segment(image, {
      probabilities: ({ className, probability }) => void told.push([className, probability]),
    });
    expect([told, streamed.probabilities.size]).toEqual([[...both.probabilities], 0]);
    expect(streamed.mask).toEqual(both.mask);
  });

  it('takes images with alpha, and black and white masks', async () => {
    await using segmenter = await open();
    const { image, mask } = disc(1);
    const rgba = new Uint8ClampedArray(4 * image.width * image.height).fill(9);
    for (let pixel = 0; pixel < image.width * image.height; pixel += 1)
      rgba.set(image.data.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    await segmenter.remember('disc', [disc(1)]);
    const expectedImage = await segmenter.segment(image);
    segmenter.forget('disc');
    const blackAndWhite = { ...mask, data: mask.data.map((value) => 255 * value) };
    await segmenter.remember('disc', [{ image: { ...image, data: rgba }, mask: blackAndWhite }]);
    expect(await segmenter.segment({ ...image, data: rgba })).toEqual(expectedImage);
  });

  it('says what it takes doubtful values of a mask for', async () => {
    await using segmenter = await Segmenter.load({ weights: await checkpoint(engine()), engine: engine() });
    const { image, mask } = disc(1);
    const noisy = { ...mask, data: mask.data.map((value, i) => (i === 3 ? 1 : 255 * value)) };
    const doubts: string[] = [];
    const remember = (name: string, example: Example) =>
      segmenter.remember(name, [example], { onDoubt: (message) => doubts.push(message) });
    await remember('sure', disc(1));
    await remember('noisy', { image, mask: noisy, name: 'noisy.png' });
    expect(doubts).toEqual([expect.stringMatching(/^noisy\.png: 1 pixel is 1, and \d+ are 255/)]);
    const [sure, guessed] = await Promise.all(
      ['sure', 'noisy'].map((name) => segmenter.segment(disc(2).image, { classes: [name] })),
    );
    expect(guessed?.mask).toEqual(sure?.mask);
  });

  it('cleans the mask, and finds no class of which nothing is left', async () => {
    await using segmenter = await Segmenter.load({ weights: await checkpoint(engine()), engine: engine() });
    await segmenter.remember('disc', [disc(1)]);
    const { image } = disc(2);
    const found = await segmenter.segment(image, { leastScore: 0 });
    const clean = { smooth: 2, fillHoles: true, minArea: 30 };
    const cleaned = await segmenter.segment(image, { leastScore: 0, clean });
    expect(cleaned.mask).toEqual(cleanMask(found.mask, clean));
    expect(cleaned.mask).not.toEqual(found.mask);
    expect(cleaned.classes[0]?.pixels).toBe(cleaned.mask.data.filter((value) => value === 1).length);
    const nothing = await segmenter.segment(image, { leastScore: 0, clean: { minArea: 64 * 60 } });
    expect([found.classes[0]?.found, nothing.classes[0]?.found, nothing.classes[0]?.pixels]).toEqual([true, false, 0]);
  });

  it('frees what it forgets, and everything in the end', async () => {
    const segmenter = await open();
    await segmenter.remember('disc', [disc(1)]);
    await segmenter.segment(disc(2).image);
    segmenter.forget('disc');
    const { tensors } = engine().memory();
    await segmenter.remember('disc', [disc(1), disc(2)]);
    await segmenter.segment(disc(3).image);
    segmenter.forget('disc');
    expect(engine().memory().tensors).toBe(tensors);
    await segmenter.dispose();
    await segmenter.dispose();
  });

  it('says what is wrong, and remembers nothing then', async () => {
    await using segmenter = await open();
    const { image, mask } = disc(1);
    const empty = { ...mask, data: new Uint8Array(mask.data.length) };
    await expect(segmenter.segment(image)).rejects.toThrow('[segment] no class is remembered; call remember');
    await expect(segmenter.remember('disc', [])).rejects.toThrow(SegmenterError);
    await expect(segmenter.remember(' ', [{ image, mask }])).rejects.toThrow('a class needs a name');
    const supports = [
      { image, mask },
      { image, mask: empty, name: 'empty.png' },
      { image, mask: { ...mask, width: 60, height: 64 } },
      { image: { ...image, data: image.data.subarray(1) }, mask },
    ];
    const error: unknown = await segmenter.remember('disc', supports).catch((reason: unknown) => reason);
    if (!(error instanceof SupportsError)) return expect.fail('there is no SupportsError');
    expect(error.faults.map(({ message }) => message)).toEqual([
      "[support] empty.png: no pixel is marked (at 48×48); a support's mask has to show the object",
      "[support] support 3: the image is 64×60, the mask 60×64; a mask has its image's size",
      '[picture] support 4: an image has 3 or 4 bytes a pixel; got 11519 bytes for 64×60',
    ]);
    for (const { message } of error.faults) expect(error.message).toContain(message);
    expect(segmenter.classes).toEqual([]);

    await segmenter.remember('disc', [{ image, mask }]);
    expect(() => segmenter.forget('disk')).toThrow('[forget] there is no class disk; the classes are disc');
    await expect(segmenter.segment(image, { classes: ['disk'] })).rejects.toThrow(SegmenterError);
    await expect(segmenter.segment(image, { threshold: 50 })).rejects.toThrow('a threshold is a probability');
    await expect(segmenter.segment(image, { threshold: 0.5, vote: 'majority' })).rejects.toThrow('give one of them');
    await expect(segmenter.segment(image, { vote: 'loudest' as 'majority' })).rejects.toThrow(
      'a vote is one of published, majority, probability; got loudest',
    );
    const noImage = { width: 2, height: 2, data: 'pixels' } as unknown as RgbImage;
    await expect(segmenter.segment(noImage, { name: 'it' })).rejects.toThrow('[picture] it: an image has 3 or 4 bytes');
    const abort = new AbortController();
    abort.abort(new Error('no longer wanted'));
    await expect(segmenter.segment(image, { signal: abort.signal })).rejects.toThrow('no longer wanted');
  });

  it('refuses weights that give NaN', async () => {
    await using segmenter = await open();
    await segmenter.remember('disc', [disc(1)]);
    const [parameter = expect.fail('there are no parameters')] = segmenter.model.hpn_learner.parameters();
    using broken = full(parameter.value.shape, Number.NaN, { engine: engine() });
    parameter.set(broken);
    const refused = segmenter.segment(disc(2).image, { name: 'two.jpg' });
    await expect(refused).rejects.toThrow(DamagedWeightsError);
    await expect(refused).rejects.toThrow('[segment] two.jpg: the logits for disc are not finite');
  });
});
