import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mostThreads } from '@hypercorr/tensor/wasm';
import { expect, test } from 'vitest';
import { defineCommand } from '../src/cli/command.ts';
import { CommandError } from '../src/cli/failure.ts';
import { configurationOf, required, withDefault } from '../src/cli/option.ts';
import { model, output, own, seed } from '../src/cli/options.ts';
import { hypercorr } from './support/terminal.ts';

const options = {
  ...output,
  ...model,
  seed,
  data: required(own.data),
  shots: withDefault(own.shots, 1),
  learningRate: own.learningRate,
} as const;

/** Answers with its settings and where they came from. */
const echo = defineCommand({
  name: 'echo',
  summary: 'answers with its settings',
  options,
  examples: [['hypercorr echo --data x', 'answers']],
  async run(settings, { sources, log }) {
    log.say('a remark');
    log.warn('a warning');
    if (settings.data === 'nowhere') throw new CommandError('there is no nowhere');
    return {
      json: { settings, sources, configuration: configurationOf(options, settings, ['json', 'quiet']) },
      text: 'in words',
    };
  },
});

interface Echo {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly sources: Readonly<Record<string, string>>;
  readonly configuration: Readonly<Record<string, unknown>>;
}

const run = (args: readonly string[], env = {}) => hypercorr(['echo', ...args], { env, list: [echo] });
const resultOf = async (args: readonly string[], env = {}): Promise<Echo> => {
  const { stdout, stderr, exitCode } = await run([...args, '--json'], env);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as Echo;
};

const folder = mkdtempSync(join(tmpdir(), 'hypercorr-options-'));
function configuration(content: unknown): string {
  const path = join(folder, 'config.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('a flag is stronger than the environment, that than the file, and that than the default', async () => {
  const file = configuration({ data: 'file', shots: 3, seed: 3, 'backbone-weights': 'file.safetensors' });
  const env = { HYPERCORR_SHOTS: '2', HYPERCORR_DATA: 'environment' };
  const { settings, sources } = await resultOf(['--data', 'flag', '--config', file], env);
  expect(settings).toMatchObject({ data: 'flag', shots: 2, seed: 3, backboneWeights: 'file.safetensors' });
  expect(sources).toMatchObject({ data: 'flag', shots: 'environment', seed: 'file', learningRate: 'default' });
  expect((await resultOf(['--data', 'flag'])).settings).toMatchObject({ shots: 1, seed: 0 });
});

test('the configuration file may be named by the environment', async () => {
  const { settings } = await resultOf([], { HYPERCORR_CONFIG: configuration({ data: 'file' }) });
  expect(settings['data']).toBe('file');
});

test('the configuration file may begin with a byte order mark', async () => {
  const { settings } = await resultOf(['--config', configuration('\uFEFF{"data": "file"}')]);
  expect(settings['data']).toBe('file');
});

test('what a run keeps of its settings can be given back to it', async () => {
  const first = await resultOf(['--data', 'x', '--lr', '0.01', '--no-support-mask', '--backbone', 'tiny']);
  expect(first.configuration).toEqual({
    data: 'x',
    lr: 0.01,
    'support-mask': false,
    backbone: 'tiny',
    shots: 1,
    seed: 0,
  });
  const second = await resultOf(['--config', configuration(first.configuration)]);
  expect(second.settings).toEqual(first.settings);
});

test('switches are given by flags, words and truth values', async () => {
  expect((await resultOf(['--data', 'x'])).settings['supportMask']).toBeUndefined();
  for (const word of ['false', '0', 'no', 'off']) {
    expect((await resultOf(['--data', 'x'], { HYPERCORR_SUPPORT_MASK: word })).settings['supportMask']).toBe(false);
  }
  const { stdout } = await run(['--data', 'x'], { HYPERCORR_JSON: 'yes' });
  expect(stdout).toMatch(/^\{/);
});

test.each([
  [['--data', 'x', '--shots', '0'], {}, '--shots takes a whole number from 1; got 0'],
  [['--data', 'x', '--shots', '1.5'], {}, '--shots takes a whole number from 1; got 1.5'],
  [['--data', 'x', '--shots', ''], {}, '--shots takes a whole number from 1; got nothing'],
  [['--data', 'x', '--shots', 'many'], {}, '--shots takes a whole number from 1; got many'],
  [['--data', 'x', '--seed', '-1'], {}, '--seed takes a whole number from 0; got -1'],
  [['--data', 'x', '--lr', '0'], {}, '--lr takes a positive number; got 0'],
  [['--data', 'x', '--lr', 'Infinity'], {}, '--lr takes a positive number; got Infinity'],
  [['--data', ''], {}, '--data takes the name of a folder; got nothing'],
  [[], {}, '--data DIR is missing: the folder of the data'],
  [
    ['--data', 'x', '--backbone', 'resnet'],
    {},
    '--backbone takes vgg16, resnet18, resnet34, resnet50, resnet101, mobilenetv2, mobilenet_v2 or tiny; got resnet',
  ],
  [['--data', 'x'], { HYPERCORR_SHOTS: 'two' }, 'HYPERCORR_SHOTS takes a whole number from 1; got two'],
  [['--data', 'x'], { HYPERCORR_QUIET: 'perhaps' }, 'HYPERCORR_QUIET takes true or false; got perhaps'],
  [['--datum', 'x'], {}, "unknown option '--datum'\n(Did you mean --data?)"],
  [['--data', 'x', 'y'], {}, "too many arguments for 'echo'"],
  [['--data'], {}, "option '--data <DIR>' argument missing"],
])('%j %j is wrong usage', async (args, env, message) => {
  const { exitCode, stdout, stderr } = await run(args, env);
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^hypercorr: /);
  expect(stderr).toContain(message);
});

test('more threads than the backend takes are wrong usage', async () => {
  const { exitCode, stderr } = await hypercorr(['doctor', '--threads', '5000']);
  expect([exitCode, stderr]).toEqual([
    2,
    expect.stringContaining(`--threads takes a whole number from 1 to ${mostThreads()}; got 5000`),
  ]);
});

test.each([
  ['{', 'cannot be read'],
  ['[]', 'holds no JSON object of options by name'],
  ['{"shot": 1}', 'sets shot, which this command does not take; did you mean shots?\n'],
  [
    '{"Back_bone": 1, "surprise": 2}',
    'sets Back_bone, surprise, which this command does not take; did you mean backbone?\n',
  ],
  ['{"surprise": 2}', 'sets surprise, which this command does not take\n'],
  ['{"shots": true}', 'takes a whole number from 1; got true'],
  ['{"lr": null}', 'takes a positive number; got null'],
])('a configuration file with %s is wrong usage', async (content, message) => {
  const path = configuration(content);
  const { exitCode, stderr } = await run(['--data', 'x', '--config', path]);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(path)]);
  expect(stderr).toContain(message);
});

test('a configuration file that is not there is wrong usage', async () => {
  const { exitCode, stderr } = await run(['--config', join(folder, 'none.json')]);
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/none\.json cannot be read: ENOENT/)]);
});

test('results go to stdout, remarks to stderr, and with --quiet only warnings', async () => {
  const loud = await run(['--data', 'x']);
  expect(loud).toEqual({ exitCode: 0, stdout: 'in words\n', stderr: 'a remark\nwarning: a warning\n' });
  expect(await run(['--data', 'x', '--quiet'])).toEqual({
    exitCode: 0,
    stdout: 'in words\n',
    stderr: 'warning: a warning\n',
  });
});

test('what could not be done is one line and the exit code 1', async () => {
  const { exitCode, stdout, stderr } = await run(['--data', 'nowhere', '--quiet']);
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'warning: a warning\nhypercorr: there is no nowhere\n',
  });
});

test('an unknown command is wrong usage, with a suggestion', async () => {
  const { exitCode, stderr } = await hypercorr(['ecko'], { list: [echo] });
  expect([exitCode, stderr]).toEqual([2, "hypercorr: unknown command 'ecko'\n(Did you mean echo?)\n"]);
});

test('a variable that is named like an option and is none is warned of, with what is meant', async () => {
  const { stderr } = await run(['--data', 'x', '--quiet'], {
    HYPERCORR_SHOT: '2',
    HYPERCORR_ELSEWHERE_ENTIRELY: '1',
    HYPERCORR_SEED: '1',
    OTHER: '1',
  });
  expect(stderr).toBe(
    'warning: the variable HYPERCORR_SHOT is no option of any command, and is not used; did you mean HYPERCORR_SHOTS?\n' +
      'warning: the variable HYPERCORR_ELSEWHERE_ENTIRELY is no option of any command, and is not used\nwarning: a warning\n',
  );
});

test('help is asked for on stdout', async () => {
  const { exitCode, stdout } = await run(['--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('hypercorr echo --data x');
  expect(stdout).toContain('--no-support-mask');
  expect(stdout).toMatch(/--shots <K> .*\(default: 1\)/);
  expect(stdout).toMatch(/--data <DIR> .*\(required\)/);
});
