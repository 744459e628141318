import { availableParallelism, cpus } from 'node:os';
import { BackendError, type BackendFactory, type Engine } from '@hypercorr/tensor';
import { gpu } from '@hypercorr/tensor/gpu';
import { wasm } from '@hypercorr/tensor/wasm';
import { defineCommand, type Context } from '../cli/command.ts';
import { profileModel, type ProfiledModel } from './doctor/profile-model.ts';
import { profileJson, profileTable } from './doctor/profile-report.ts';
import { messageOf } from '@hypercorr/train/node';
import { counted } from '@hypercorr/train';
import { CommandError, UsageError, exitCodes } from '../cli/failure.ts';
import { withDefault, type Settings, type Source } from '../cli/option.ts';
import { computing, model, output, own } from '../cli/options.ts';

/** A backend, and the result of starting it on this machine. */
interface BackendReport {
  readonly name: string;
  readonly available: boolean;
  /** The backend's description, or the reason why it cannot run. */
  readonly description: string;
}

/** The model that `--profile` measures. */
const profiled = {
  backbone: withDefault(model.backbone, 'tiny'),
  kernel: withDefault(model.kernel, 'center-pivot'),
  size: withDefault({ ...model.size, about: 'size of the images, N×N' }, 128),
} as const;

const options = { ...output, ...computing, profile: own.profile, ...profiled } as const;

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'reports which backends this machine can run, which one is used, and why',
  description:
    'Starts every backend and reports the result. With --profile it also runs HSNet with random weights, on one ' +
    'query and one support, and lists each operation with its time, its calls, and the bytes it reads and writes. Operations of the ' +
    'backward pass have their own names. The second of two runs is measured. On a GPU the profile waits for every operation.',
  options,
  examples: [
    ['hypercorr doctor', 'what is used by default'],
    ['hypercorr doctor --threads 1 --json', 'what is used with one thread, as JSON'],
    ['hypercorr doctor --profile --backbone resnet50 --size 400', 'the time of each operation in an episode'],
  ],
  run: examine,
});

async function examine(settings: Settings<typeof options>, { engine: start, sources }: Context<typeof options>) {
  const { profile } = settings;
  for (const name of ['backbone', 'kernel', 'size'] as const) {
    // An environment variable may set the option for other commands.
    if (!profile && ['flag', 'file'].includes(sources[name]))
      throw new UsageError(`--${name} is only for --profile: no model runs without it`);
  }
  const [relaxed, shared] = [
    await tryBackend('wasm', wasm({ simd: 'relaxed', threads: 1 })),
    await tryBackend('wasm', wasm({ sharedMemory: 'on' })),
  ];
  const backends = [await tryBackend('wasm', wasm()), await tryBackend('gpu', gpu()), reference];
  const engine = await startOrFail(() => start(settings));
  if (typeof engine === 'string' && profile) throw new CommandError(engine);
  const description = typeof engine === 'string' ? null : engine.description;
  const asked = `${whyBackend(sources.backend)}${settings.backend === 'wasm' ? `, ${whyThreads(sources.threads, shared.available)}` : ''}`;
  const why = typeof engine === 'string' ? engine : asked;
  const threads = { processors: availableParallelism(), shared_memory: shared.available };
  const simd = { baseline: backends[0]?.available ?? false, relaxed: relaxed.available };
  const machine = {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
  const profiles = profile && typeof engine !== 'string' ? await examineModel(settings, engine) : undefined;
  const json = {
    backends,
    used: { backend: settings.backend, description, why },
    threads,
    simd,
    machine,
    profile: profiles?.json,
  };
  const text = [
    `machine:    ${machine.processor}, ${counted(threads.processors, 'processor')}, Node ${machine.node}, ${machine.platform}`,
    ...backends.map(
      ({ name, available, description: word }) => `${`${name}:`.padEnd(11)} ${available ? 'yes' : 'no'}, ${word}`,
    ),
    `threads:    ${shared.available ? `up to ${threads.processors}, memory can be shared` : 'one: memory cannot be shared here'}`,
    `SIMD:       ${relaxed.available ? 'relaxed (fused multiply-add)' : 'baseline; relaxed SIMD is not available (Node 22 has it, Node 20 with --experimental-wasm-relaxed-simd)'}`,
    `will use:   ${description ?? `nothing: ${asked}, and it is not available`}`,
    `because:    ${why}`,
    ...(profiles === undefined ? [] : ['', profiles.text]),
  ].join('\n');
  return { json, text, exitCode: description === null ? exitCodes.failed : exitCodes.done };
}

/** Starts the engine. If no engine can start, gives the reason as text: that is a result of this command, not a failure. */
async function startOrFail(start: () => Promise<Engine>): Promise<Engine | string> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof BackendError) return error.message;
    throw error;
  }
}

/** Runs a model and reports the time of its operations. */
async function examineModel({ backbone, kernel, size }: ProfiledModel, engine: Engine) {
  const { prediction, training } = await profileModel({ backbone, kernel, size }, engine);
  const json = { backbone, kernel, size, prediction: profileJson(prediction), training: profileJson(training) };
  const what = `HSNet, ${backbone}, ${kernel}, ${size}×${size}, one shot, ${engine.description}`;
  const text = [
    `a prediction: ${what}`,
    profileTable(prediction),
    '',
    `a step of training: ${what}`,
    profileTable(training),
  ].join('\n');
  return { json, text };
}

const reference: BackendReport = {
  name: 'reference',
  available: true,
  description: 'reference: plain loops, the definition that the others are tested against',
};

async function tryBackend(name: string, factory: BackendFactory): Promise<BackendReport> {
  try {
    const backend = await factory();
    await backend.dispose();
    return { name, available: true, description: backend.description };
  } catch (error) {
    return { name, available: false, description: messageOf(error) };
  }
}

function whyBackend(source: Source): string {
  return source === 'default'
    ? 'the default backend, which needs no GPU'
    : `this backend was asked for (${places[source]})`;
}

function whyThreads(source: Source, shared: boolean): string {
  if (source !== 'default') return `this number of threads was asked for (${places[source]})`;
  return shared ? 'one thread for each processor' : 'one thread because memory cannot be shared';
}

const places: Readonly<Record<Source, string>> = {
  flag: 'by a flag',
  environment: 'by the environment',
  file: 'by the configuration file',
  default: 'by default',
};
