/**
 * pnpm bench dispatch-share [--case NAME]… [--threads N] [--runs N] [--json]
 *
 * Measures the share of a step outside of kernels: checks, dispatch, the tape, planning, allocation, writing of
 * parameters. It is the step's time minus the time of its operations, both measured by `profile`.
 */
import { parseArgs } from 'node:util';
import { init, profile } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { findCase } from './cases.ts';
import { environment } from './environment.ts';
import { positive, refuse } from './options.ts';
import { median, round } from './timing.ts';

/** The output of `pnpm bench dispatch-share --json` for one case. */
export interface DispatchShare {
  readonly case: string;
  readonly threads: number;
  readonly step_ms: number;
  readonly outside_kernels_ms: number;
  readonly share: number;
}

const { values } = parseArgs({
  options: {
    case: { type: 'string', multiple: true, default: ['train-step-b1.tiny.160', 'train-step-b1.resnet50.400'] },
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
  },
});
/** Runs after which V8 has compiled the engine's own code. */
const warmUps = 3;

const threads = positive('threads', values.threads);
const runs = positive('runs', values.runs);
const where = environment();
for (const name of values.case) {
  const line = await measure(name);
  if (values.json) process.stdout.write(`${JSON.stringify({ ...line, ...where })}\n`);
  else
    process.stdout.write(
      `${name.padEnd(30)} ${line.step_ms} ms a step, ${line.outside_kernels_ms} ms of it outside of kernels: ${(100 * line.share).toFixed(1)} %\n`,
    );
}

async function measure(name: string): Promise<DispatchShare> {
  const benchCase = findCase(name);
  if (benchCase === undefined) refuse(`there is no case ${name}`);
  const engine = await init(wasm({ threads, simd: 'baseline' }));
  const step = benchCase.prepare(engine);
  for (let i = 0; i < warmUps; i += 1) step();
  const [steps, others] = [[] as number[], [] as number[]];
  for (let i = 0; i < runs; i += 1) {
    const { milliseconds, operations } = await profile(engine, step);
    steps.push(milliseconds);
    others.push(milliseconds - operations.reduce((sum, operation) => sum + operation.milliseconds, 0));
  }
  await engine.dispose();
  const [whole, outside] = [median(steps), median(others)];
  return {
    case: name,
    threads,
    step_ms: round(whole),
    outside_kernels_ms: round(outside),
    share: round(outside / whole, 4),
  };
}
