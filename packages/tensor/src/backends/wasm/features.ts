// (module (func (result v128)
//   (f32x4.relaxed_madd (i8x16.splat (i32.const 0)) (i8x16.splat (i32.const 0)) (i8x16.splat (i32.const 0)))))
const relaxedMadd = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic and version
  ...[1, 5, 1, 0x60, 0, 1, 0x7b], // types: () -> v128
  ...[3, 2, 1, 0], // function 0 has type 0
  ...[10, 19, 1, 17, 0], // code: one body of 17 bytes without locals
  ...[0x41, 0, 0xfd, 0x0f], // i32.const 0, i8x16.splat
  ...[0x41, 0, 0xfd, 0x0f],
  ...[0x41, 0, 0xfd, 0x0f],
  ...[0xfd, 0x85, 0x02, 0x0b], // f32x4.relaxed_madd, end
);

/** Whether this machine runs relaxed SIMD (fused multiply-add): Node ≥ 22 and today's browsers do. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(relaxedMadd);
}

/** Whether memory can be shared with workers: in a page only if it is cross-origin isolated. */
export function canShareMemory(): boolean {
  return typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated !== false;
}

/** The most threads that a program may ask for. Each is a worker with a heap of its own, and more threads than processors only wait. */
export function mostThreads(): number {
  return Math.max(64, processors());
}

/** Logical processors, as the platform reports them. */
export function processors(): number {
  const os = globalThis.process?.getBuiltinModule?.('node:os');
  return os ? os.availableParallelism() : globalThis.navigator.hardwareConcurrency;
}
