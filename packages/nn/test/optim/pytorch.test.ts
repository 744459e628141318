import { readFileSync } from 'node:fs';
import { readSync, scope, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import {
  AdamW,
  clipGradientNorm,
  constantSchedule,
  cosineSchedule,
  parseSafetensors,
  polySchedule,
  stepSchedule,
  type AdamWOptions,
  type DecayOptions,
  type Schedule,
  type StepOptions,
} from '../../src/index.ts';
import { filler, relativeDistance, tolerance } from '../support/fixtures.ts';
import { checkLeaks } from '../support/leaks.ts';
import { pathOf } from '../support/path.ts';

// PyTorch's own figures; `fixtures/training.py` writes them.

checkLeaks();

interface Cases {
  readonly rate: number;
  readonly adamw: Readonly<Record<string, AdamWOptions>>;
  readonly clip: Readonly<Record<string, { readonly maxNorm: number }>>;
  readonly schedules: Readonly<Record<string, DecayOptions & StepOptions>>;
}

const folder = new URL('../../../../fixtures/', import.meta.url);
const cases = JSON.parse(readFileSync(new URL('training.json', folder), 'utf8')) as Cases;
const fixtures = parseSafetensors(readFileSync(new URL('training.safetensors', folder)), {
  source: 'training.safetensors',
});

test.each(Object.entries(cases.adamw))('AdamW walks as in PyTorch: %s', (name, options) => {
  const path = pathOf((parameters) => new AdamW(parameters, options));
  expect(relativeDistance(path, fixtures.read(`adamw/${name}/path`).data)).toBeLessThanOrEqual(tolerance);
});

test.each(Object.entries(cases.clip))('gradients are clipped as in PyTorch: %s', (name, { maxNorm }) => {
  scope(() => {
    const gradients = {
      weight: filler('clip/weight', [3, 5]),
      bias: filler('clip/bias', [7]),
      scale: filler('clip/scale', []),
    };
    const clipped = clipGradientNorm(gradients, maxNorm);
    const found: Readonly<Record<string, Tensor<Shape, FloatDType>>> = { norm: clipped.norm, ...clipped.gradients };
    for (const [of, tensor] of Object.entries(found)) {
      const expected = Array.from(fixtures.read(`clip/${name}/${of}`).data);
      // Clipped to 0, elements have nothing to be relative to.
      if (expected.every((value) => value === 0)) expect([...readSync(tensor)]).toEqual(expected);
      else expect(relativeDistance(readSync(tensor), expected)).toBeLessThanOrEqual(tolerance);
    }
  });
});

const schedules: Readonly<Record<string, (options: DecayOptions & StepOptions) => Schedule>> = {
  constant: constantSchedule,
  step: stepSchedule,
  cosine: cosineSchedule,
  poly: polySchedule,
};

test.each(Object.entries(cases.schedules))('the learning rate goes as in PyTorch: %s', (name, options) => {
  const rate = schedules[name.split('-')[0] ?? '']?.({ ...options, learningRate: cases.rate });
  const expected = fixtures.read(`schedules/${name}/rates`).data;
  // PyTorch goes from each rate to the next: twelve roundings of float64.
  expect(
    relativeDistance(
      Array.from(expected, (_, step) => rate?.(step) ?? NaN),
      expected,
    ),
  ).toBeLessThanOrEqual(1e-14);
});
