import { einsum, type Shape } from '@hypercorr/tensor';
import fc from 'fast-check';
import { float, functionCase } from '../case.ts';

interface Contraction {
  readonly equation: string;
  readonly shapes: readonly Shape[];
}

const letters = ['a', 'b', 'c', 'd'] as const;

/** Terms of up to three operands, of a few letters, and an output that names some of them. */
const anyContraction: fc.Arbitrary<Contraction> = fc
  .record({
    sizes: fc.array(fc.constantFrom(1, 2, 3, 5), { minLength: letters.length, maxLength: letters.length }),
    terms: fc.array(fc.array(fc.constantFrom(...letters), { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
    output: fc.shuffledSubarray([...letters]),
  })
  .map(({ sizes, terms, output }) => {
    const named = output.filter((letter) => terms.flat().includes(letter));
    return {
      equation: `${terms.map((term) => term.join('')).join(',')}->${named.join('')}`,
      shapes: terms.map((term) => term.map((letter) => sizes[letters.indexOf(letter)] ?? 1)),
    };
  });

/** A contraction is no record: it is made of products, sums and movements that have cases of their own. */
export const contraction = {
  einsum: functionCase('einsum', {
    geometry: anyContraction,
    fixed: [
      {
        equation: 'bchw,bcij->bhwij',
        shapes: [
          [2, 3, 2, 3],
          [2, 3, 3, 2],
        ],
      },
      {
        equation: 'ij,jk->ik',
        shapes: [
          [3, 4],
          [4, 5],
        ],
      },
      {
        equation: 'ij,jk,kl->il',
        shapes: [
          [3, 4],
          [4, 5],
          [5, 2],
        ],
      },
      {
        equation: 'ij,ij',
        shapes: [
          [3, 4],
          [3, 4],
        ],
      },
      { equation: 'iij->ji', shapes: [[3, 3, 4]] },
      {
        equation: '...ij,...jk',
        shapes: [
          [2, 1, 3, 4],
          [5, 4, 2],
        ],
      },
      { equation: 'i,j->', shapes: [[3], [4]] },
      {
        equation: 'ki,kj->ji',
        shapes: [
          [4, 3],
          [4, 2],
        ],
      },
      { equation: 'ab->ab', shapes: [[2, 3]] },
    ],
    inputs: ({ shapes }) => Object.fromEntries(shapes.map((shape, i) => [`${i}`, float(shape)])),
    call: (tensors, { equation }) => einsum(equation, ...Object.values(tensors)),
    linear: ['0'],
  }),
};
