import { FormatError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTFLite } from '../../src/index.ts';

interface Stored {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A TensorFlow Lite model without operators, written by the rules of https://flatbuffers.dev/internals. */
class ModelWriter {
  readonly #bytes: number[] = [];

  static write(tensors: readonly Stored[], version = 3): Uint8Array {
    const writer = new ModelWriter();
    writer.#u32(0);
    writer.#bytes.push(...new TextEncoder().encode('TFL3'));
    // Fields of a model: version, operator codes, subgraphs, description, buffers.
    const model = writer.#table(0, [version, undefined, 0, undefined, 0]);
    const [graph = 0] = writer.#tables(model[2], [1]);
    const subgraph = writer.#table(graph, [0]);
    const places = writer.#tables(subgraph[0], tensors);
    for (const [i, { name, type, shape, bytes: _ }] of tensors.entries()) {
      // Fields of a tensor: shape, type, buffer, name. The first buffer is empty.
      const fields = writer.#table(places[i] ?? 0, [0, type, i + 1, 0]);
      writer.#vector(fields[0], shape.length, new Uint8Array(Int32Array.from(shape).buffer));
      const text = new TextEncoder().encode(name);
      writer.#vector(fields[3], text.length, text);
    }
    const buffers = writer.#tables(model[4], [undefined, ...tensors]);
    writer.#table(buffers[0] ?? 0, []);
    for (const [i, { bytes }] of tensors.entries()) {
      const fields = writer.#table(buffers[i + 1] ?? 0, [0]);
      writer.#vector(fields[0], bytes.length, bytes);
    }
    return Uint8Array.from(writer.#bytes);
  }

  /** Writes a table that the place `from` points to. @returns where its fields are; undefined for those that are absent */
  #table(from: number, values: readonly (number | undefined)[]): readonly (number | undefined)[] {
    this.#align();
    const vtable = this.#bytes.length;
    const size = 4 + 2 * values.length;
    const padded = size + (size % 4);
    const slots = values.map((value, i) => (value === undefined ? 0 : 4 + 4 * i));
    for (const half of [size, 4 + 4 * values.length, ...slots]) this.#bytes.push(half & 0xff, half >> 8);
    this.#align();
    const at = this.#bytes.length;
    this.#point(from, at);
    this.#u32(padded === at - vtable ? padded : at - vtable);
    for (const value of values) this.#u32(value ?? 0);
    return slots.map((slot) => (slot === 0 ? undefined : at + slot));
  }

  /** A vector of tables. @returns the places that point to them */
  #tables(from: number | undefined, entries: readonly unknown[]): readonly number[] {
    this.#vector(from, entries.length, new Uint8Array(4 * entries.length));
    const first = this.#bytes.length - 4 * entries.length;
    return entries.map((_, i) => first + 4 * i);
  }

  #vector(from: number | undefined, count: number, content: Uint8Array): void {
    this.#align();
    this.#point(from ?? expect.fail('no such field'), this.#bytes.length);
    this.#u32(count);
    for (const byte of content) this.#bytes.push(byte);
    if (content.length % 4 !== 0) this.#align();
  }

  #align(): void {
    while (this.#bytes.length % 4 !== 0) this.#bytes.push(0);
  }

  #u32(value: number): void {
    this.#bytes.push(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);
  }

  #point(from: number, to: number): void {
    const distance = to - from;
    for (let i = 0; i < 4; i += 1) this.#bytes[from + i] = (distance >>> (8 * i)) & 0xff;
  }
}

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const weight: Stored = { name: 'Conv/Conv2D', type: 0, shape: [1, 1, 1, 2], bytes: floats(1.5, -2) };
const halves: Stored = { name: 'Conv/bias', type: 1, shape: [2], bytes: Uint8Array.of(0, 0x3c, 0, 0xc0) };
const computed: Stored = { name: 'input', type: 0, shape: [1, 4, 4, 3], bytes: new Uint8Array() };

describe('a TensorFlow Lite model', () => {
  test('gives its constants by name, exactly', () => {
    const state = parseTFLite(ModelWriter.write([weight, computed, halves]));
    expect(state.names).toEqual(['Conv/Conv2D', 'Conv/bias']);
    expect(state.entries.get('Conv/bias')).toEqual({ dtype: 'F16', shape: [2] });
    expect(state.read('Conv/Conv2D')).toEqual({
      dtype: 'float32',
      shape: [1, 1, 1, 2],
      data: Float32Array.of(1.5, -2),
    });
    expect([...state.read('Conv/bias').data]).toEqual([1, -2]);
    expect(() => state.raw('Conv')).toThrow('there is no tensor "Conv"; it holds 2: "Conv/Conv2D", "Conv/bias"');
  });

  test.each([
    ['no model', new Uint8Array(64), 'it is no TensorFlow Lite model'],
    ['another version', ModelWriter.write([weight], 2), 'its schema has version 2; version 3 is read'],
    ['too few bytes', ModelWriter.write([{ ...weight, shape: [3] }]), 'of shape [3] needs 12 bytes, and has 8'],
    ['another type', ModelWriter.write([{ ...weight, type: 5 }]), 'has elements of type 5, which are not read'],
    ['a name twice', ModelWriter.write([weight, weight]), 'it holds "Conv/Conv2D" twice'],
  ])('is refused: %s', (_, bytes, why) => {
    expect(() => parseTFLite(bytes, { source: 'detector.tflite' })).toThrow(FormatError);
    expect(() => parseTFLite(bytes, { source: 'detector.tflite' })).toThrow(`[tflite] detector.tflite: `);
    expect(() => parseTFLite(bytes)).toThrow(why);
  });

  test('cut off or damaged anywhere is read, or refused by a FormatError', () => {
    const whole = ModelWriter.write([weight, computed, halves]);
    const tryIt = (bytes: Uint8Array): void => {
      try {
        parseTFLite(bytes).tensors();
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    };
    for (let length = 0; length < whole.length; length += 1) tryIt(whole.subarray(0, length));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const damaged = Uint8Array.from(whole);
          for (const [at, byte] of changes) damaged[at] = byte;
          tryIt(damaged);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
