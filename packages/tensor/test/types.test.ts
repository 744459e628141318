/** What must compile compiles, what must not is refused in words that a person can read, and checking stays cheap. */
import { beforeAll, describe, expect, test } from 'vitest';
import { misuse } from '../test-d/misuse.test-d.ts';
import { ShapeError } from '../src/errors.ts';
import { scope } from '../src/scope.ts';
import { compile, readSource, writeGenerated, type Compilation } from './support/compiler.ts';

const timeout = 60_000;

function errorOf(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

test('correct code compiles with exact types, generic code too', { timeout }, async () => {
  const files = ['misuse', 'results', 'generic', 'model', 'options'].map((name) => `test-d/${name}.test-d.ts`);
  expect((await compile(...files)).diagnostics).toEqual([]);
});

describe('misuse', async () => {
  const marker = '// @ts-expect-error ';
  const source = (await readSource('test-d/misuse.test-d.ts')).split('\n');
  const cases = source
    .flatMap((line, i) => {
      const at = line.indexOf(marker);
      // The compiler counts lines from 1, and the error is on the line after the comment.
      return at < 0 ? [] : [{ message: line.slice(at + marker.length), line: i + 2 }];
    })
    .map(({ message, line }, i) => [message, { line, call: misuse[i] }] as const);
  let errors: Compilation['diagnostics'] = [];

  beforeAll(async () => {
    const bare = source.map((line) => (line.includes(marker) ? '' : line)).join('\n');
    errors = (await compile(await writeGenerated('misuse.ts', bare))).diagnostics;
  }, timeout);

  test('has a case for each message', () => {
    expect(misuse.length).toBe(cases.length);
    expect(errors.length).toBe(cases.length);
  });

  test.each(cases)('%s', (message, { line, call }) => {
    // The compiler repeats the text, which stands as the argument of ShapeFault.
    const told = errors
      .filter((error) => error.line === line)
      .map(({ text }) => /ShapeFault<"([^"]*)">/.exec(text)?.[1]);
    expect(told).toEqual([message]);
    const thrown = errorOf(() => scope(() => void call?.()));
    expect(thrown).toBeInstanceOf(ShapeError);
    expect(thrown).toHaveProperty('message', message);
  });
});

describe('the cost of checking', () => {
  /**
   * Instantiations that the model adds to those of the operations that it imports. It takes about 13 thousand; a
   * recursion gone wrong takes hundreds of thousands, and is felt in an editor.
   */
  const budget = 25_000;

  test('a model file stays within its budget', { timeout }, async () => {
    const operations = await compile('src/ops/index.ts', 'test-d/support.ts');
    const model = await compile('src/ops/index.ts', 'test-d/support.ts', 'test-d/model.test-d.ts');
    expect(model.diagnostics).toEqual([]);
    const cost = model.instantiations - operations.instantiations;
    expect(cost).toBeGreaterThan(1000);
    expect(cost).toBeLessThan(budget);
  });
});
