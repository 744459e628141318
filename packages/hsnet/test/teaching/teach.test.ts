import { OptionError, key, readSync } from '@hypercorr/tensor';
import { describe, expect, it, test } from 'vitest';
import { HSNet, Segmenter, teach, type TaughtPicture } from '../../src/index.ts';
import { episodeIou } from '../../src/scoring/segmentation-score.ts';
import { useEngine } from '../../../vision/test/support/engines.ts';
import { discPicture } from '../support/disc-picture.ts';

const engine = useEngine('wasm');
const side = 48;

function disc(seed: number): TaughtPicture {
  return { ...discPicture(side, side, seed), name: `disc ${seed}` };
}

/** A picture of the discs' ground, without a disc. */
function blank(): TaughtPicture {
  const data = Uint8Array.from({ length: 3 * side * side }, (_, i) => ([60, 110, 170][i % 3] ?? 0) + (i % 7));
  const size = { width: side, height: side };
  return { image: { ...size, data }, mask: { ...size, data: new Uint8Array(side * side) }, name: 'blank' };
}

const newModel = (): HSNet => new HSNet({ backbone: 'tiny', key: key(4), engine: engine() }).eval();

function bytesOf(model: HSNet): string {
  return Object.entries(model.stateDict())
    .map(([name, tensor]) => `${name} ${Buffer.from(new Uint8Array(readSync(tensor).buffer)).toString('base64')}`)
    .join('\n');
}

describe('teach', () => {
  const discs = [1, 2, 3].map(disc);

  it('finds the held-out disc better than an untaught model does, by the learner alone', async () => {
    using model = newModel();
    const backbone = readSync(model.backbone.parameters()[0]?.value ?? expect.fail('there are no weights')).slice();
    const told: number[] = [];
    const { before, after, step, heldOut } = await teach(model, discs, [], {
      steps: 12,
      learningRate: 3e-3,
      onStep: (now) => told.push(now.step),
    });
    expect(heldOut).toBe(2);
    expect(step).toBeGreaterThan(0);
    expect(after).toBeGreaterThan(before + 10);
    expect(told).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(readSync(model.backbone.parameters()[0]?.value ?? expect.fail('there are no weights'))).toEqual(backbone);
    // The kept weights are those that were judged.
    const again = await teach(model, discs, [], { steps: 1, learningRate: 1e-12 });
    expect(again.before).toBe(after);
  });

  it('takes the same steps for the same seed and pictures', async () => {
    const lossesOf = async (seed: number, absent: readonly TaughtPicture[]): Promise<readonly number[]> => {
      using model = newModel();
      const losses: number[] = [];
      const onStep = ({ loss }: { readonly loss: number }): void => void losses.push(loss);
      await teach(model, discs, absent, { steps: 4, seed, onStep });
      return losses;
    };
    const losses = await lossesOf(7, [blank()]);
    expect(await lossesOf(7, [blank()])).toEqual(losses);
    for (const others of [await lossesOf(8, [blank()]), await lossesOf(7, [])]) expect(others).not.toEqual(losses);
  });

  it('leaves a model that it cannot make better as it was', async () => {
    using model = newModel();
    const before = bytesOf(model);
    // Such a rate changes no bit that decides on a pixel.
    const taught = await teach(model, discs, [], { steps: 1, learningRate: 1e-12 });
    expect([taught.step, taught.after]).toEqual([0, taught.before]);
    expect(bytesOf(model)).toBe(before);
  });

  it('leaves the model as it was when it is stopped', async () => {
    using model = newModel();
    const before = bytesOf(model);
    const controller = new AbortController();
    const stopped = teach(model, discs, [], {
      steps: 12,
      learningRate: 3e-3,
      signal: controller.signal,
      onStep: ({ step }) => step === 4 && controller.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(bytesOf(model)).toBe(before);
  });

  it('says that a step gave no numbers, and leaves the model as it was', async () => {
    using model = newModel();
    const before = bytesOf(model);
    await expect(teach(model, discs, [], { steps: 30, learningRate: 1e30 })).rejects.toThrow(
      'a lower learning rate may help',
    );
    expect(bytesOf(model)).toBe(before);
  });

  test.each([
    ['one picture', [disc(1)], {}, '[teach] two marked pictures are needed'],
    ['no steps', discs, { steps: 0 }, '[teach] steps must be a whole number from 1; got 0'],
  ])('refuses %s', async (_, pictures, options, message) => {
    using model = newModel();
    await expect(teach(model, pictures, [], options)).rejects.toThrow(message);
  });

  it('refuses an option that does not exist', async () => {
    using model = newModel();
    await expect(teach(model, discs, [], { rounds: 3 } as object)).rejects.toThrow(OptionError);
  });
});

test('a segmenter that is taught segments by what it remembered before', async () => {
  await using segmenter = new Segmenter(newModel(), { size: side, owns: ['model'] });
  const examples = [1, 2, 3].map(disc);
  await segmenter.remember('disc', examples.slice(0, 2));
  const query = discPicture(50, 80, 6);
  const before = await segmenter.segment(query.image);
  const taught = await segmenter.teach(examples, { steps: 12, learningRate: 3e-3 });
  expect(taught.step).toBeGreaterThan(0);
  const after = await segmenter.segment(query.image);
  const iouOf = ({ mask }: typeof after): number => episodeIou(mask.data, query.mask.data);
  expect(iouOf(after)).toBeGreaterThan(iouOf(before) + 10);
  const empty = { image: discPicture(50, 80, 6).image, mask: { width: 50, height: 80, data: new Uint8Array(4000) } };
  await expect(segmenter.teach([examples[0] ?? expect.fail(), { ...empty, name: 'black.png' }])).rejects.toThrow(
    '[teach] supports of object cannot be used: [support] black.png: no pixel is marked',
  );
  const more = await segmenter.teach(examples, { steps: 1, absent: [blank().image] });
  expect(more.before).toBe(taught.after);
});
