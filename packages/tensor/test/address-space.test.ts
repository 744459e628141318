import { expect, test } from 'vitest';
import { describeAddressSpace, parseAddressSpace, threadsThatFit } from '../src/backends/wasm/address-space.ts';

const limits = (soft: string) =>
  [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max stack size            8388608              unlimited            bytes     ',
    `Max address space         ${soft.padEnd(20)} unlimited            bytes     `,
    'Max file locks            unlimited            unlimited            locks     ',
  ].join('\n');
const status = 'Name:\tnode\nVmPeak:\t12000000 kB\nVmSize:\t11000000 kB\nVmLck:\t       0 kB\n';

test('a limit of the address space is read, with what is left of it', () => {
  expect(parseAddressSpace(limits('12288000000'), status)).toEqual({ limit: 12_288_000_000, left: 1_024_000_000 });
  expect(parseAddressSpace(limits('1000'), status)).toEqual({ limit: 1000, left: 0 });
  expect(parseAddressSpace(limits('unlimited'), status)).toBeUndefined();
  expect(parseAddressSpace('', status)).toBeUndefined();
  expect(parseAddressSpace(limits('12288000000'), '')).toBeUndefined();
});

test('threads are as many as the rest has room for, and one always', () => {
  const fits = (left: number) => threadsThatFit({ limit: 2 ** 40, left });
  expect([fits(0), fits(2 ** 30 - 1), fits(2 ** 30), fits(5.5 * 2 ** 30)]).toEqual([1, 1, 2, 6]);
});

test('the message says how large the limit is and what to do', () => {
  expect(describeAddressSpace({ limit: 12_288_000_000, left: 0 })).toMatch(
    /12\.3 GB.*ulimit -v unlimited.*NODE_OPTIONS=/,
  );
});
