/** The comparisons of `pnpm bench targets`. */

/** The median ratio of ours to the peer's: of times measured in turns, or of the peak memory of processes. */
export interface RatioTarget {
  readonly what: string;
  readonly of: 'time' | 'memory';
  readonly caseName: string;
  readonly peer: string;
  /** The peer's case; the same case by default. */
  readonly peerCase?: string;
  /** The largest allowed ratio; absent if the ratio is printed for comparison only. */
  readonly target?: number;
}

const r50 = (part: string): string => `${part}.resnet50.400`;
const [pytorch, web, native] = ['pytorch', 'onnxruntime-web', 'onnxruntime-node'] as const;
const prediction = { of: 'time', caseName: r50('infer-1shot') } as const;
const wholeMask = {
  what: '1-shot prediction, mask over all of the support',
  of: 'time',
  caseName: r50('infer-1shot-whole-mask'),
} as const;

/** ResNet-50, 400×400, two threads, plain SIMD, a mask over a quarter of the support, unless a row says otherwise. */
export const targets: readonly RatioTarget[] = [
  { ...prediction, what: '1-shot prediction', peer: pytorch, target: 1 },
  { ...prediction, what: '1-shot prediction', peer: web, target: 0.3 },
  { ...prediction, what: '1-shot prediction', peer: native, target: 1.3 },
  { ...wholeMask, peer: pytorch },
  { ...wholeMask, peer: native },
  { what: '5-shot prediction', of: 'time', caseName: r50('infer-5shot'), peer: pytorch, target: 0.5 },
  {
    what: 'another query on prepared supports',
    of: 'time',
    caseName: r50('infer-prepared-1shot'),
    peer: pytorch,
    peerCase: r50('infer-1shot'),
    target: 0.7,
  },
  { what: 'learner alone, dense input', of: 'time', caseName: r50('learner'), peer: pytorch, target: 1 },
  { what: 'training step, batch 1', of: 'time', caseName: r50('train-step-b1'), peer: pytorch, target: 1 },
  { what: 'full learner', of: 'time', caseName: `${r50('learner')}.full`, peer: pytorch, target: 1 },
  { what: 'separable learner', of: 'time', caseName: `${r50('learner')}.separable`, peer: pytorch, target: 1 },
  { what: 'one image through the backbone', of: 'time', caseName: r50('features'), peer: pytorch, target: 1.5 },
  { what: 'peak memory, 1-shot prediction', of: 'memory', caseName: r50('infer-1shot'), peer: pytorch, target: 1 },
  { what: 'peak memory, training step', of: 'memory', caseName: r50('train-step-b1'), peer: pytorch, target: 1 },
];

/** The largest allowed value of one of our own figures. */
export interface Limit {
  readonly what: string;
  readonly unit: 'ms' | '%';
  readonly limit: number;
}

export const limits = {
  engineLoad: { what: 'the engine loads: workers, and all kernel modules compiled', unit: 'ms', limit: 100 },
  dispatch: { what: 'dispatch and allocation, of the training step', unit: '%', limit: 3 },
} as const satisfies Readonly<Record<string, Limit>>;
