import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMaskPng, encodePng } from '@hypercorr/datasets';
import { presenceKey, type PresenceCalibration } from '@hypercorr/hsnet';
import { writeCalibratedWeights } from '@hypercorr/hsnet/node';
import { parseSafetensors } from '@hypercorr/nn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeRandomBackbone } from './support/backbone-weights.ts';
import { writeShapes } from './support/shapes-dataset.ts';
import { hypercorr, hypercorrJson } from './support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-presence-'));
const at = (...names: string[]): string => join(root, ...names);
const data = at('data');
const weights = at('run', 'best.safetensors');
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(async () => {
  await writeShapes(data, { classes: 5, images: 4 });
  await writeRandomBackbone(at('backbone'));
  const model = ['--backbone', 'tiny', '--backbone-weights', at('backbone'), '--size', '32'];
  const pace = ['--batch', '2', '--episodes', '2', '--epochs', '1', '--val-episodes', '1', '--out', at('run')];
  await hypercorrJson('train', '--threads', '1', '--benchmark', 'folder', '--data', data, ...model, ...pace);
});

const letters = ['a', 'b', 'c', 'd', 'e'].map((letter) => `class-${letter}`);
const on = (...classes: readonly string[]) => ['--test-classes', classes.join(',')];
const evaluating = ['eval', '--threads', '1', '--benchmark', 'folder', '--data', data, '--weights', weights];

interface Figures {
  readonly present: number;
  readonly absent: number;
  readonly true_positive_rate: number | null;
  readonly false_positive_rate: number | null;
  readonly auc: number | null;
}
interface Evaluated {
  readonly finished: boolean;
  readonly miou: number;
  readonly episodes: number;
  readonly episodes_planned: number;
  readonly presence?: Figures & {
    readonly threshold: number;
    readonly classes: readonly (Figures & { readonly name: string })[];
  };
}

interface Line {
  readonly class: string;
  readonly query: string;
  readonly supports: readonly string[];
  readonly score: number;
  readonly found: boolean;
}
const linesOf = (file: string): Line[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** How often a score with the class is higher than one without; equal ones count half. */
function areaOf(present: readonly Line[], absent: readonly Line[]): number {
  const wins = present.flatMap((p) => absent.map((a) => (p.score > a.score ? 1 : p.score === a.score ? 0.5 : 0)));
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
}

describe('eval --absent', () => {
  test('scores queries of other classes, and leaves the score as it is', async () => {
    const args = [...evaluating, ...on('class-a', 'class-b', 'class-c')];
    const plain = await hypercorrJson<Evaluated>(...args);
    const out = at('absent');
    const scored = await hypercorrJson<Evaluated>(...args, '--absent', '6', '--out', out);
    expect(plain.presence).toBeUndefined();
    expect([scored.miou, scored.episodes, scored.episodes_planned]).toEqual([plain.miou, 12, 12]);
    const { presence = expect.fail('there is no presence') } = scored;
    expect([presence.present, presence.absent, presence.threshold]).toEqual([12, 18, null]);
    expect(presence.classes.map(({ name, present, absent }) => [name, present, absent])).toEqual([
      ['class-a', 4, 6],
      ['class-b', 4, 6],
      ['class-c', 4, 6],
    ]);
    // The figures are those of the pairs.
    const [present, absent] = [linesOf(join(out, 'episodes.jsonl')), linesOf(join(out, 'absent.jsonl'))];
    for (const { class: name, query, supports } of absent) {
      expect(query.startsWith(`${name}/`)).toBe(false);
      expect(supports.every((support) => support.startsWith(`${name}/`))).toBe(true);
    }
    // Scores in one thousandth count as equal.
    expect(Math.abs((presence.auc ?? 2) - areaOf(present, absent))).toBeLessThan(0.05);
    const share = (lines: readonly Line[]) => (100 * lines.filter(({ found }) => found).length) / lines.length;
    expect(presence.true_positive_rate).toBeCloseTo(share(present), 9);
    expect(presence.false_positive_rate).toBeCloseTo(share(absent), 9);
    expect(JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'))).toMatchObject({ presence: { absent: 18 } });
    // What was scored may be scored again: the added figures do no harm.
    const again = await hypercorrJson<Evaluated>(
      ...args,
      '--episodes-from',
      join(out, 'episodes.jsonl'),
      '--absent',
      '6',
    );
    expect([again.miou, again.presence]).toEqual([scored.miou, scored.presence]);
  });

  test('the seed decides on the queries, and several seeds are counted together', async () => {
    const args = [...evaluating, ...on('class-a', 'class-b'), '--episodes', '2', '--absent', '3'];
    const of = async (name: string, ...more: readonly string[]) => {
      await hypercorrJson(...args, ...more, '--out', at(name));
      return linesOf(at(name, 'absent.jsonl')).map(({ query }) => query);
    };
    const [first, same, other] = [
      await of('seed', '--seed', '5'),
      await of('same', '--seed', '5'),
      await of('other', '--seed', '6'),
    ];
    expect(same).toEqual(first);
    expect(other).not.toEqual(first);
    const { presence } = await hypercorrJson<Evaluated>(...args, '--seeds', '2');
    expect([presence?.present, presence?.absent]).toEqual([4, 12]);
  });

  test('is in words, with a table of the classes', async () => {
    const { stdout, stderr, exitCode } = await hypercorr([...evaluating, ...on('class-a', 'class-b'), '--absent', '2']);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(
      /^with or without the class: AUC \d\.\d{3}; found in \d+\.\d % of 8 queries with it and in \d+\.\d % of 4 without it \(the weights are not calibrated, so that any mask counts as found\)$/m,
    );
    expect(stdout).toMatch(/^ {2}class-a +\d\.\d{3} +\d+\.\d % +\d+\.\d % +4 \+ 2$/m);
    expect(stderr).toContain('episode 12 of 12, without the class');
  });

  test('interrupted, it says what was scored up to then', async () => {
    const interrupt = (text: string): void => void (text.includes('episode 6 of 8') && process.emit('SIGINT'));
    const { exitCode, stdout } = await hypercorr(
      [...evaluating, ...on('class-a', 'class-b'), '--episodes', '4', '--absent', '2', '--json'],
      { onStderr: interrupt },
    );
    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ finished: false, episodes: 4, presence: { present: 4, absent: 2 } });
  });

  test('a single class has no other photographs, and 0 queries are none', async () => {
    const one = await hypercorr([...evaluating, ...on('class-a'), '--absent', '2']);
    expect([one.exitCode, one.stderr]).toEqual([
      2,
      expect.stringContaining(
        '--absent needs photographs of other classes, and data/test has the class class-a alone; name several classes',
      ),
    ]);
    const none = await hypercorr([...evaluating, '--absent', '0']);
    expect([none.exitCode, none.stderr]).toEqual([
      2,
      expect.stringContaining('--absent takes a whole number from 1; got 0'),
    ]);
  });
});

interface Calibrated {
  readonly out: string;
  readonly threshold: number;
  readonly true_positive_rate: number;
  readonly false_positive_rate: number;
  readonly auc: number;
  readonly calibration: PresenceCalibration;
}
const calibrating = ['calibrate', '--threads', '1', '--benchmark', 'folder', '--data', data, '--weights', weights];

describe('calibrate', () => {
  test('writes a copy of the weights, which eval and predict use', async () => {
    const out = at('calibrated.safetensors');
    const classes = letters.slice(0, 4).join(',');
    const args = [...calibrating, '--classes', classes, '--pairs', '10', '--keep', '0.8', '--seed', '3', '--out', out];
    const result = await hypercorrJson<Calibrated>(...args);
    expect(result.calibration.on).toEqual({
      data: 'data/test',
      classes: letters.slice(0, 4),
      shots: 1,
      size: 32,
      seed: 3,
      present: 40,
      absent: 40,
    });
    expect(result.threshold).toBe(result.calibration.threshold);
    expect(result.true_positive_rate).toBeGreaterThanOrEqual(80);
    const [before, after] = [weights, out].map((file) => parseSafetensors(readFileSync(file)));
    expect(after?.names).toEqual(before?.names);
    expect(JSON.parse(after?.metadata[presenceKey] ?? '')).toEqual(result.calibration);
    // Again, it is the same to the byte.
    const bytes = readFileSync(out);
    await hypercorrJson(...args);
    expect(readFileSync(out).equals(bytes)).toBe(true);

    const scored = await hypercorrJson<Evaluated>(...evaluating, ...on(...letters), '--weights', out, '--absent', '2');
    expect(scored.presence?.threshold).toBe(result.threshold);
    const said = await hypercorr([...evaluating, ...on(...letters), '--weights', out, '--absent', '2']);
    expect(said.stdout).toContain(`(found from a score of ${result.threshold.toFixed(3)} on)`);
    expect(said.stderr).toContain(', calibrated on 4 classes of data/test, 1-shot');
  });

  test('takes the classes that chose the epoch, where none are named; says how it went', async () => {
    const { stdout, stderr, exitCode } = await hypercorr([...calibrating, '--out', at('one.safetensors')]);
    // The training of five classes keeps one for validation, which is too few.
    expect([exitCode, stdout, stderr]).toEqual([
      2,
      '',
      expect.stringMatching(
        /calibrate needs photographs of other classes, and data\/validation has the class class-\w alone/,
      ),
    ]);
    expect(stderr).toContain('those that chose the best epoch of the weights');
    const some = await hypercorr([
      ...calibrating,
      '--classes',
      letters.join(','),
      '--pairs',
      '2',
      '--out',
      at('some.safetensors'),
    ]);
    expect(some.exitCode, some.stderr).toBe(0);
    expect(some.stdout).toMatch(
      /^\S+some\.safetensors: calibrated on 10 images with the class and 10 without it, 5 classes of data\/test, 1-shot, 32×32\nfound from a score of \d\.\d{3} on: in \d+\.\d % of the images with it, and in \d+\.\d % of those without it; AUC \d\.\d{3} \(on these images\)\n$/,
    );
    expect(some.stderr).toMatch(
      /warning: the weights were trained on class-\w, class-\w, class-\w; on new classes they are less sure/,
    );
  });

  test.each([
    [['--keep', '0'], '--keep takes a number above 0, at most 1; got 0'],
    [['--keep', '1.5'], '--keep takes a number above 0, at most 1; got 1.5'],
    [['--pairs', '0'], '--pairs takes a whole number from 1; got 0'],
    [['--classes', 'class-a,class-z'], 'class-z'],
    [['--classes', ' '], '--classes: " " names no class'],
    [['--fold', '1'], '--fold is for --benchmark pascal, coco'],
    [['--out', at('x.onnx')], 'weights are written as safetensors; give a name that ends in .safetensors'],
    [['--out', weights], 'is a file that is read; give another name'],
  ])('refuses %j', async (wrong, message) => {
    const before = readdirSync(root);
    const out = wrong.includes('--out') ? [] : ['--out', at('refused.safetensors')];
    const { exitCode, stdout, stderr } = await hypercorr([...calibrating, ...out, ...wrong]);
    expect([exitCode === 0, stdout, stderr]).toEqual([false, '', expect.stringContaining(message)]);
    expect(readdirSync(root)).toEqual(before);
  });

  test('needs an output', async () => {
    const { exitCode, stderr } = await hypercorr(calibrating);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--out FILE is missing')]);
  });
});

interface Predicted {
  readonly queries: readonly {
    readonly file: string;
    readonly mask: string;
    readonly foreground: number;
    readonly classes: readonly { name: string; found: boolean; score: number; pixels: number }[] | null;
  }[];
  readonly warnings: readonly string[];
}

describe('predict', () => {
  const support = (of: string) => `${join(data, `class-${of}`, '1.jpg')}:${join(data, `class-${of}`, '1.png')}`;
  const query = join(data, 'class-a', '2.jpg');
  const predicting = ['predict', '--threads', '1', '--weights', weights, '--query', query];

  /** Weights whose threshold no score reaches, or any does. */
  async function weightsOf(threshold: number): Promise<string> {
    const out = at(`threshold-${threshold}.safetensors`);
    await writeCalibratedWeights(weights, out, {
      intercept: 0,
      coefficients: { top: 0, inside: 0, area: 0, match: 0.1 },
      threshold,
      on: { data: 'd', classes: ['a'], shots: 1, size: 32, seed: 0, present: 1, absent: 1 },
    });
    return out;
  }

  test('says of each class whether the image shows it, and how sure it is', async () => {
    const two = ['--support', `square=${support('a')}`, '--support', `other=${support('b')}`];
    const free = await hypercorrJson<Predicted>(...predicting, ...two, '--out', at('free'), '--threshold', '0');
    const [first] = free.queries;
    expect(first?.classes?.map(({ name, found }) => [name, found])).toEqual([
      ['square', true],
      ['other', true],
    ]);
    for (const { score } of first?.classes ?? []) expect(score).toBeLessThanOrEqual(1);
    for (const { score } of first?.classes ?? []) expect(score).toBeGreaterThanOrEqual(0);
    expect(free.warnings).toEqual([]);
    const never = await weightsOf(1);
    const none = await hypercorrJson<Predicted>(
      ...predicting,
      ...two,
      '--weights',
      never,
      '--out',
      at('none'),
      '--threshold',
      '0',
    );
    expect(none.queries[0]).toMatchObject({
      foreground: 0,
      classes: [
        { name: 'square', found: false, pixels: 0 },
        { name: 'other', found: false, pixels: 0 },
      ],
    });
    const all = ['--weights', never, '--threshold', '0', '--min-score', '0'];
    const asked = await hypercorrJson<Predicted>(...predicting, ...two, ...all, '--out', at('all'));
    expect(asked.queries[0]?.foreground).toBe(first?.foreground);
    const text = await hypercorr([...predicting, ...two, '--weights', never, '--out', at('text')]);
    expect(text.stdout).toMatch(
      /^\S+2\.jpg: 0\.0 % foreground, square not found \(score 0\.\d\d\), other not found \(score 0\.\d\d\), \S+2\.mask\.png\n$/,
    );
  });

  test('a least score of one’s own takes the place of the weights’ threshold', async () => {
    const args = [...predicting, '--support', support('a'), '--threshold', '0'];
    const low = await hypercorrJson<Predicted>(...args, '--weights', await weightsOf(0), '--out', at('low'));
    const score = low.queries[0]?.classes?.[0]?.score ?? NaN;
    for (const [least, isFound] of [
      [score - 0.001, true],
      [score + 0.001, false],
    ] as const) {
      const { queries } = await hypercorrJson<Predicted>(
        ...args,
        '--weights',
        await weightsOf(0),
        '--min-score',
        String(least),
        '--out',
        at('least'),
      );
      expect(queries[0]?.classes?.[0]).toMatchObject({ found: isFound, score });
    }
    const wrong = await hypercorr([...args, '--min-score', '2', '--out', at('wrong')]);
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('--min-score takes a number from 0 to 1; got 2'),
    ]);
  });

  test('a query that cannot be read has no classes', async () => {
    const { exitCode, stdout } = await hypercorr([
      ...predicting,
      '--query',
      at('absent.jpg'),
      '--support',
      support('a'),
      '--out',
      at('gone'),
      '--json',
    ]);
    const { queries } = JSON.parse(stdout) as Predicted;
    expect([exitCode, queries[0]?.classes?.length, queries[1]?.classes]).toEqual([1, 1, null]);
  });

  test('a vote of one support each is refused: all rules give the same', async () => {
    const { exitCode, stderr } = await hypercorr([
      ...predicting,
      '--support',
      support('a'),
      '--vote',
      'majority',
      '--out',
      at('vote'),
    ]);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('--vote is for classes of several supports, and each class has one; leave --vote out'),
    ]);
  });
});

describe('weights of drawn figures', () => {
  /** Smooth all over, as skies and walls are. */
  const photograph = (shift: number) => ({
    width: 60,
    height: 40,
    data: Uint8Array.from({ length: 3 * 60 * 40 }, (_, i) => 2 * (Math.floor(i / 3) % 60) + 30 * (i % 3) + shift),
  });
  const drawn = at('drawn.safetensors');
  const pictures = at('pictures');

  beforeAll(async () => {
    // The run's weights, as if they were trained on generated data.
    const bytes = readFileSync(weights);
    const { metadata } = parseSafetensors(bytes);
    const about = metadata['hypercorr'] ?? expect.fail('the weights say nothing of themselves');
    const told = about.replace('"benchmark":"folder"', '"benchmark":"generated"');
    if (told === about) expect.fail('the weights were not trained on a folder');
    await writeRenamed(bytes, drawn, about, told);
    mkdirSync(pictures);
    for (let i = 1; i <= 4; i += 1) writeFileSync(join(pictures, `${i}.jpg`), encodePng(photograph(5 * i)));
    const mask = { width: 60, height: 40, data: new Uint8Array(60 * 40).fill(1, 600, 1200) };
    writeFileSync(join(pictures, '1.png'), encodeMaskPng(mask));
  });

  test('on photographs are a warning, once a run, that --quiet and --json keep', async () => {
    const support = `${join(pictures, '1.jpg')}:${join(pictures, '1.png')}`;
    const queries = [2, 3, 4].flatMap((i) => ['--query', join(pictures, `${i}.jpg`)]);
    const args = ['predict', '--threads', '1', '--support', support, ...queries];
    const { exitCode, stdout, stderr } = await hypercorr([
      ...args,
      '--weights',
      drawn,
      '--out',
      at('p'),
      '--quiet',
      '--json',
    ]);
    expect(exitCode, stderr).toBe(0);
    const message = `${drawn} knows drawn figures alone, and ${join(pictures, '1.jpg')} looks like a photograph: its mask means little`;
    expect(stderr.split('\n').filter((line) => line.includes('looks like a photograph'))).toEqual([
      expect.stringContaining(`warning: ${message}`),
    ]);
    expect((JSON.parse(stdout) as Predicted).warnings).toEqual([expect.stringContaining(message)]);
    const other = await hypercorrJson<Predicted>(...args, '--weights', weights, '--out', at('q'));
    expect(other.warnings).toEqual([]);
  });
});

/** Writes weights with another description of the same kind. */
async function writeRenamed(bytes: Buffer, out: string, before: string, after: string): Promise<void> {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = bytes
    .subarray(8, 8 + length)
    .toString('utf8')
    .trimEnd();
  const changed = Buffer.from(header.replace(JSON.stringify(before), JSON.stringify(after)));
  const padded = Buffer.concat([changed, Buffer.alloc((8 - (changed.length % 8)) % 8, ' ')]);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(padded.length));
  writeFileSync(out, Buffer.concat([size, padded, bytes.subarray(8 + length)]));
}
