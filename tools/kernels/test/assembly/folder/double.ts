import { scaled } from './lanes';

export function double(params: usize, begin: u32, end: u32, scratch: usize): void {
  for (let i = begin; i < end; i++) {
    const at = load<u32>(params) + (i << 4);
    v128.store(at, scaled(at, 2));
  }
}
