import { expect, inject, test } from 'vitest';
import type { BackendSettings } from '../backends.ts';
import { startEngine, stopEngine } from '../src/engines.ts';
import { reportBackend } from '../support/backend-report.ts';

const { settings } = inject('backend');

/** What the engine has to say of itself, if it is what was asked for. */
const expected = (asked: BackendSettings): RegExp => {
  switch (asked.kind) {
    case 'reference':
      return /^reference/;
    case 'wasm':
      return new RegExp(`^wasm: ${asked.threads} threads?, ${asked.simd} SIMD`);
    case 'gpu':
      return new RegExp(`^gpu.*${asked.mode}`);
    default:
      return asked satisfies never;
  }
};

test('the backend is the one that was asked for', async (context) => {
  const engine = await startEngine(settings);
  const { kernels } = engine.backend;
  if (kernels === 'none') expect.fail(`${engine.description} computes nothing`);
  reportBackend(context, { kind: kernels, description: engine.description });
  expect(kernels).toBe(settings.kind);
  expect(engine.description).toMatch(expected(settings));
  await stopEngine(engine);
});
