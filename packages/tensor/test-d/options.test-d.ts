/** The compiler holds a table of options against the type of the options. Type-checked, and never run. */
import { checkOptions } from '../src/options.ts';

interface Options {
  readonly stride?: number;
  readonly padding?: number;
}

const whole = { stride: true, padding: true };
const short = { stride: true };
const long = { stride: true, padding: true, ceilMode: true };

export function check(options: Options, generic: Options & { readonly eps?: number }): void {
  checkOptions('op', options, whole);
  // @ts-expect-error a name is missing
  checkOptions('op', options, short);
  // @ts-expect-error a name is too many
  checkOptions('op', options, long);
  // @ts-expect-error a name of the other half is missing
  checkOptions('op', generic, whole);
  checkOptions('op', generic, { ...whole, eps: true });
}
