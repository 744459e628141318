/**
 * The backends that the suite must pass on, each a vitest project of this name.
 * `npm test` fails when one of them is missing, or ran on something else.
 */

/** What a test project asks of the engine. `simd: 'relaxed'` means fused multiply-add. */
export type BackendSettings =
  | { readonly kind: 'reference' }
  | {
      readonly kind: 'wasm';
      readonly threads: number;
      readonly simd: 'baseline' | 'relaxed';
      /** Where the heap starts, in bytes; pointers above 2 GiB are negative as signed numbers. */
      readonly heapBase?: number;
    }
  | { readonly kind: 'gpu'; readonly mode: 'cpu' | 'webasm' | 'webgl2' | 'webgpu' };

/** `isolated` pages may share memory with workers, `plain` pages may not. */
export type Place = 'node' | 'chromium-isolated' | 'chromium-plain';

export interface BackendProject {
  readonly project: string;
  readonly place: Place;
  readonly settings: BackendSettings;
}

const gibibyte = 2 ** 30;

export const backendProjects: readonly BackendProject[] = [
  { project: 'reference', place: 'node', settings: { kind: 'reference' } },
  { project: 'wasm-1-thread', place: 'node', settings: { kind: 'wasm', threads: 1, simd: 'baseline' } },
  { project: 'wasm-2-threads', place: 'node', settings: { kind: 'wasm', threads: 2, simd: 'baseline' } },
  { project: 'wasm-relaxed', place: 'node', settings: { kind: 'wasm', threads: 2, simd: 'relaxed' } },
  {
    project: 'wasm-high-heap',
    place: 'node',
    settings: { kind: 'wasm', threads: 2, simd: 'baseline', heapBase: 3 * gibibyte },
  },
  { project: 'gpu-cpu', place: 'node', settings: { kind: 'gpu', mode: 'cpu' } },
  { project: 'gpu-webasm', place: 'node', settings: { kind: 'gpu', mode: 'webasm' } },
  { project: 'chromium-wasm', place: 'chromium-isolated', settings: { kind: 'wasm', threads: 2, simd: 'relaxed' } },
  { project: 'chromium-webgl2', place: 'chromium-isolated', settings: { kind: 'gpu', mode: 'webgl2' } },
  { project: 'chromium-webgpu', place: 'chromium-isolated', settings: { kind: 'gpu', mode: 'webgpu' } },
  { project: 'chromium-plain-wasm', place: 'chromium-plain', settings: { kind: 'wasm', threads: 1, simd: 'baseline' } },
];
