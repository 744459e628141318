import type { Module } from '@hypercorr/nn';
import type { Engine, Key, Tensor } from '@hypercorr/tensor';

/** Objects that are no options. */
type Value =
  | Tensor
  | Engine
  | Module
  | Key
  | Uint8Array
  | Error
  | AbortSignal
  | readonly unknown[]
  | ((...args: never) => unknown);

/** Whether a parameter is an object of options: an object with names of its own that is none of the library's values. */
type IsOptions<P> = [P] extends [never]
  ? false
  : [P] extends [object]
    ? [Extract<P, Value>] extends [never]
      ? string extends keyof P
        ? false
        : true
      : false
    : false;

type LastOf<Parameters extends readonly unknown[]> =
  Required<Parameters> extends readonly [...unknown[], infer Last] ? Exclude<Last, null | undefined> : never;

type TakesOptions<F> = F extends (...args: infer Parameters) => unknown
  ? IsOptions<LastOf<Parameters>>
  : F extends abstract new (...args: infer Parameters) => infer Made
    ? Made extends Error
      ? false
      : IsOptions<LastOf<Parameters>>
    : false;

/** The functions and classes of an entry that take options. */
export type WithOptions<Entry> = { [K in keyof Entry]: TakesOptions<Entry[K]> extends true ? K : never }[keyof Entry];

type MethodsOf<Made> = { [K in keyof Made]-?: TakesOptions<Made[K]> extends true ? K : never }[keyof Made];

/** The methods that take options, of all classes of an entry. */
export type MethodsWithOptions<Entry> = {
  [K in keyof Entry]: Entry[K] extends abstract new (...args: never) => infer Made ? MethodsOf<Made> : never;
}[keyof Entry];

/** Whether a parameter is a tensor, or a number in the place of one. */
type IsTensor<P> = [Extract<P, Tensor>] extends [never] ? (P extends readonly Tensor[] ? true : false) : true;

/** A function to apply, which stands before what it is applied to. */
type Applied = (...args: never) => unknown;

/** `true`, or what a list of parameters does against the rule of `docs/adding-an-op.md`. */
type Verdict<Parameters extends readonly unknown[], Values extends boolean = false> = Parameters extends readonly [
  infer First,
  ...infer Rest,
]
  ? IsTensor<First> extends true
    ? Values extends true
      ? 'a tensor stands behind a value'
      : Verdict<Rest, Values>
    : Verdict<Rest, First extends Applied ? Values : true>
  : Parameters extends readonly []
    ? true
    : Parameters extends readonly [_?: infer Last]
      ? number extends Parameters['length']
        ? true
        : IsOptions<Exclude<Last, undefined>> extends true
          ? {} extends Last
            ? true
            : 'something that has to be given stands among the options'
          : 'something that may be left out stands outside of the options'
      : 'several parameters may be left out';

/** The functions of an entry that break the rule, with what they do. */
export type Irregular<Entry> = {
  [
    K in keyof Entry as Entry[K] extends (...args: infer Parameters) => unknown
      ? Verdict<Parameters> extends true
        ? never
        : K
      : never
  ]: Entry[K] extends (...args: infer Parameters) => unknown ? Verdict<Parameters> : never;
};
