import { describe, expect, it } from 'vitest';
import * as errors from '../../src/errors.ts';
import { describeFailure, reviveFailure } from '../../src/worker/failure.ts';

type ErrorClass = new (op: string, message: string, options?: ErrorOptions) => errors.HypercorrError;

const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === 'function' && value.prototype instanceof errors.HypercorrError;

/** As it arrives in another thread. */
const sent = (thrown: unknown): Error => reviveFailure(structuredClone(describeFailure(thrown)));

describe('an error that goes to another thread', () => {
  it('of this library keeps its class, wherever there is one', () => {
    const kinds = Object.values<unknown>(errors).filter(isErrorClass);
    expect(kinds.length).toBeGreaterThan(6);
    for (const Kind of kinds) {
      const error = new Kind('probe', 'what was wrong', { cause: new RangeError('why') });
      const arrived = sent(error);
      expect(arrived).toBeInstanceOf(Kind);
      expect(arrived).toMatchObject({
        name: error.name,
        op: 'probe',
        message: '[probe] what was wrong',
        stack: error.stack,
      });
      expect(arrived.cause).toEqual(new RangeError('why'));
    }
  });

  it('of the language keeps its class, and others their names', () => {
    for (const Kind of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
      expect(sent(new Kind('why'))).toStrictEqual(new Kind('why'));
    }
    expect(sent(new DOMException('stopped', 'AbortError'))).toBeInstanceOf(DOMException);
    class UserError extends Error {
      override readonly name = 'UserError';
    }
    expect(sent(new UserError('mine'))).toMatchObject({ name: 'UserError', message: 'mine' });
    expect(sent('a text')).toEqual(new Error('a text'));
    expect(sent(undefined)).toEqual(new Error('undefined'));
  });
});
