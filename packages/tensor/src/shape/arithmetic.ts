/**
 * Exact arithmetic on literal sizes, digit by digit, so that the cost grows with the number of digits and not with the
 * value. The result is `number` where an operand is open.
 */

import type { Shape } from './shape.ts';

/** `X + Y`. */
export type Add<X extends number, Y extends number> = [number] extends [X | Y]
  ? number
  : ToNumber<AddDigits<Reverse<`${X}`>, Reverse<`${Y}`>>>;

/** `X · Y`. */
export type Multiply<X extends number, Y extends number> = [number] extends [X | Y]
  ? number
  : 0 extends X | Y
    ? 0
    : 1 extends X
      ? Y
      : 1 extends Y
        ? X
        : ToNumber<MultiplyDigits<Reverse<`${X}`>, `${Y}`>>;

/** The sum of all sizes. */
export type Sum<S extends Shape, Total extends number = 0> = S extends readonly [
  infer Size extends number,
  ...infer Rest extends Shape,
]
  ? Sum<Rest, Add<Total, Size>>
  : Total;

/** The product of all sizes. */
export type Product<S extends Shape, Total extends number = 1> = S extends readonly [
  infer Size extends number,
  ...infer Rest extends Shape,
]
  ? Product<Rest, Multiply<Total, Size>>
  : Total;

/** Whether `X ≤ Y`; `true` where X or Y is open. */
export type AtMost<X extends number, Y extends number> = [number] extends [X | Y] ? true : AtMostDigits<`${X}`, `${Y}`>;

/**
 * Compares digits, highest first. The longer number is the larger. For numbers of equal length, the first different
 * digit decides.
 */
type AtMostDigits<
  X extends string,
  Y extends string,
  SoFar extends boolean = true,
  Equal extends boolean = true,
> = X extends ''
  ? Y extends ''
    ? SoFar
    : true
  : `${X} ${Y}` extends `${infer A}${infer XRest} ${infer B}${infer YRest}`
    ? [Equal, A] extends [true, B]
      ? AtMostDigits<XRest, YRest>
      : AtMostDigits<XRest, YRest, Equal extends true ? IsBefore<A, B> : SoFar, false>
    : false;

type IsBefore<A extends string, B extends string> = '0123456789' extends `${string}${A}${string}${B}${string}`
  ? true
  : false;

// Below, numbers are strings of digits, lowest first, so that a carry moves to the right.

type Reverse<Text extends string, Out extends string = ''> = Text extends `${infer First}${infer Rest}`
  ? Reverse<Rest, `${First}${Out}`>
  : Out;

type ToNumber<Digits extends string> = Reverse<Digits> extends `${infer Value extends number}` ? Value : number;

/** Digits as tuples, whose lengths TypeScript can add. */
interface Unary {
  '0': [];
  '1': [1];
  '2': [1, 1];
  '3': [1, 1, 1];
  '4': [1, 1, 1, 1];
  '5': [1, 1, 1, 1, 1];
  '6': [1, 1, 1, 1, 1, 1];
  '7': [1, 1, 1, 1, 1, 1, 1];
  '8': [1, 1, 1, 1, 1, 1, 1, 1];
  '9': [1, 1, 1, 1, 1, 1, 1, 1, 1];
}

/** The digit to write and the carry, for each sum of two digits and a carry, 0 to 19. */
type Written = [
  [0, []],
  [1, []],
  [2, []],
  [3, []],
  [4, []],
  [5, []],
  [6, []],
  [7, []],
  [8, []],
  [9, []],
  [0, [1]],
  [1, [1]],
  [2, [1]],
  [3, [1]],
  [4, [1]],
  [5, [1]],
  [6, [1]],
  [7, [1]],
  [8, [1]],
  [9, [1]],
];

type Lowest<Digits extends string> = Digits extends `${infer First extends keyof Unary}${string}` ? First : '0';
type Higher<Digits extends string> = Digits extends `${string}${infer Rest}` ? Rest : '';

type AddDigits<
  X extends string,
  Y extends string,
  Carried extends readonly 1[] = [],
  Out extends string = '',
> = `${X}${Y}` extends ''
  ? `${Out}${Carried extends [] ? '' : '1'}`
  : SumOfDigits<Unary[Lowest<X>], Unary[Lowest<Y>], Carried> extends [
        infer Digit extends number,
        infer Next extends readonly 1[],
      ]
    ? AddDigits<Higher<X>, Higher<Y>, Next, `${Out}${Digit}`>
    : never;

type SumOfDigits<X extends readonly 1[], Y extends readonly 1[], Carried extends readonly 1[]> = Written[[
  ...X,
  ...Y,
  ...Carried,
]['length'] &
  keyof Written];

/**
 * Schoolbook multiplication: for each digit of `Y` from the highest, multiply the total by ten and add `X` that many
 * times.
 */
type MultiplyDigits<
  X extends string,
  Y extends string,
  Out extends string = '',
> = Y extends `${infer Digit extends keyof Unary}${infer Rest}`
  ? MultiplyDigits<X, Rest, AddTimes<Out extends '' ? '' : `0${Out}`, X, Unary[Digit]>>
  : Out;

type AddTimes<Out extends string, X extends string, Times extends readonly 1[]> = Times extends readonly [
  1,
  ...infer Fewer extends readonly 1[],
]
  ? AddTimes<AddDigits<Out, X>, X, Fewer>
  : Out;
