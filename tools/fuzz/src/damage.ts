import fc from 'fast-check';

/** A change of a file; places are shares of its length. */
type Edit =
  | { readonly kind: 'set'; readonly at: number; readonly bytes: readonly number[] }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: 'move'; readonly at: number; readonly length: number; readonly to: number }
  | { readonly kind: 'end'; readonly at: number };

/** A place from 0 to just below 1. */
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const length = fc.integer({ min: 1, max: 40 });

/** Wrong lengths and offsets: small numbers, and numbers at the limits of their types. */
const numbers = fc
  .tuple(
    fc.constantFrom(1, 2, 4, 8),
    fc.oneof(
      fc.bigInt({ min: 0n, max: 300n }),
      fc.constantFrom(2n ** 15n, 2n ** 16n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n),
    ),
    fc.bigInt({ min: -2n, max: 2n }),
  )
  .map(([size, value, change]) =>
    [...new Uint8Array(new BigUint64Array([BigInt.asUintN(64, value + change)]).buffer)].slice(0, size),
  );

const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    at: place,
    bytes: fc.oneof(numbers, fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 4 })),
  }),
  fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat({ max: 7 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: place, length }),
  fc.record({ kind: fc.constant('repeat' as const), at: place, length, times: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ kind: fc.constant('move' as const), at: place, length, to: place }),
  fc.record({ kind: fc.constant('end' as const), at: place }),
);

function apply(file: Uint8Array, edit: Edit): Uint8Array {
  const at = Math.floor(edit.at * file.length);
  switch (edit.kind) {
    case 'set': {
      const changed = new Uint8Array(file);
      changed.set(edit.bytes.slice(0, file.length - at), at);
      return changed;
    }
    case 'flip':
      return file.map((byte, i) => (i === at ? byte ^ (1 << edit.bit) : byte));
    case 'cut':
      return Buffer.concat([file.subarray(0, at), file.subarray(at + edit.length)]);
    case 'repeat': {
      const piece = file.subarray(at, at + edit.length);
      return Buffer.concat([
        file.subarray(0, at),
        ...Array.from({ length: edit.times }, () => piece),
        file.subarray(at),
      ]);
    }
    case 'move': {
      const changed = new Uint8Array(file);
      changed.set(
        file.subarray(at, at + edit.length).subarray(0, file.length - Math.floor(edit.to * file.length)),
        Math.floor(edit.to * file.length),
      );
      return changed;
    }
    case 'end':
      return file.subarray(0, at);
  }
}

/**
 * Real files with one change or a few, and made files with and without changes.
 *
 * @param files real files
 * @param made files put together from the format's parts
 */
export function damaged(files: readonly Uint8Array[], made: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const real = fc.constantFrom(...files);
  const changed = (source: fc.Arbitrary<Uint8Array>, maxLength: number) =>
    fc
      .tuple(source, fc.array(edits, { minLength: 1, maxLength }))
      .map(([file, list]) => new Uint8Array(list.reduce(apply, file)));
  return fc.oneof(changed(real, 1), changed(real, 6), made, changed(made, 2));
}
