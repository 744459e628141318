/** The backends of the page. The one that is fastest on most machines comes first. */
export const backends = ['wasm-threads', 'wasm-plain', 'webgpu'] as const;
export type Backend = (typeof backends)[number];

/** Whether a backend can run in this page, and the reason in plain words. */
export interface Availability {
  readonly available: boolean;
  readonly why: string;
}

/** Finds out which backends the browser lets this page use. */
export async function findBackends(): Promise<Readonly<Record<Backend, Availability>>> {
  return {
    'wasm-threads': threads(),
    'wasm-plain': { available: true, why: 'Runs in every browser, on one thread.' },
    webgpu: await webGpu(),
  };
}

/** The first backend that can run. */
export function preferredBackend(found: Readonly<Record<Backend, Availability>>): Backend {
  return backends.find((backend) => found[backend].available) ?? 'wasm-plain';
}

function threads(): Availability {
  if (typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated) {
    const count = navigator.hardwareConcurrency;
    return {
      available: true,
      why: `The page is cross-origin isolated: ${count === 1 ? 'one thread' : `${count} threads`} and one shared memory.`,
    };
  }
  return {
    available: false,
    why: 'Not here: the page is not cross-origin isolated (its server does not send the headers COOP and COEP), so threads cannot share memory.',
  };
}

async function webGpu(): Promise<Availability> {
  if (!hasGpu(navigator))
    return { available: false, why: 'Not here: this browser has no WebGPU, or the page is not served securely.' };
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  if (adapter === null)
    return { available: false, why: 'Not here: the browser has WebGPU, but offers no adapter for it.' };
  return {
    available: true,
    why: 'WebGPU, with kernels through GPU.js. The first run compiles the kernels. A GPU emulated in software is slow.',
  };
}

/** The part of WebGPU that is used here. */
interface WithGpu {
  readonly gpu: { requestAdapter(): Promise<object | null> };
}

function hasGpu(navigator: object): navigator is WithGpu {
  return 'gpu' in navigator && typeof navigator.gpu === 'object' && navigator.gpu !== null;
}
