import type { ImageBatch, MaskBatch } from '@hypercorr/vision';
import type { HostTensor } from '@hypercorr/nn';
import { openSafetensors } from '@hypercorr/nn/node';
import { FormatError, ShapeError, fromArray, type Engine, type Shape, type Tensor } from '@hypercorr/tensor';
import { formatShape } from '@hypercorr/tensor/op';

/** The inputs of a forward pass, on an engine: normalised images, and masks of 0 and 1. */
export interface ForwardInputs {
  /** [B, 3, H, W] */
  readonly query: Tensor<ImageBatch, 'float32'>;
  /** One entry for each shot. */
  readonly shots: readonly {
    /** [B, 3, Hs, Ws] */
    readonly support: Tensor<ImageBatch, 'float32'>;
    /** [B, Hs, Ws] */
    readonly mask: Tensor<MaskBatch, 'float32'>;
  }[];
  /** Whether the file has an axis of shots, even of one. Then the logits have it too. */
  readonly shotAxis: boolean;
}

/**
 * Reads `query` (B,3,H,W), `support` (B,3,H,W) or (B,K,3,H,W), and `mask` (B,H,W) or (B,K,H,W) from a safetensors file.
 *
 * @throws FormatError that names the file: for what is no safetensors file, for a missing tensor, and for a mask of other
 * values than 0 and 1; ShapeError that names the tensors that do not fit together
 */
export async function readForwardInputs(path: string, engine: Engine): Promise<ForwardInputs> {
  const file = await openSafetensors(path);
  try {
    const missing = ['query', 'support', 'mask'].filter((name) => !file.entries.has(name));
    if (missing.length > 0) {
      const held = file.names.length === 0 ? 'nothing' : file.names.slice(0, 8).join(', ');
      throw new FormatError(
        'forward',
        `${path} has no ${missing.join(', ')}; it needs query, support and mask, and holds ${held}`,
      );
    }
    const [query, support, mask] = [await file.read('query'), await file.read('support'), await file.read('mask')];
    checkShapes(path, query.shape, support.shape, mask.shape);
    checkMask(path, mask);
    return place({ query, support, mask }, engine);
  } finally {
    await file.close();
  }
}

function checkShapes(path: string, query: Shape, support: Shape, mask: Shape): void {
  const refuse = (what: string): never => {
    const got = `query ${formatShape(query)}, support ${formatShape(support)}, mask ${formatShape(mask)}`;
    throw new ShapeError('forward', `${path}: ${what}; got ${got}`);
  };
  if (query.length !== 4 || query[1] !== 3) refuse('query is (B, 3, H, W)');
  const shotAxis = support.length === 5;
  if ((!shotAxis && support.length !== 4) || support.at(-3) !== 3) refuse('support is (B, 3, H, W) or (B, K, 3, H, W)');
  if (support[0] !== query[0]) refuse('query and support need the same B');
  const expected = [...support.slice(0, -3), ...support.slice(-2)];
  if (mask.length !== expected.length || expected.some((size, axis) => mask[axis] !== size)) {
    refuse(`the mask of this support is ${formatShape(expected)}`);
  }
  if ([...query, ...support].includes(0)) refuse('no axis may be empty');
}

function checkMask(path: string, { data }: HostTensor): void {
  const strange = data.find((value: number) => value !== 0 && value !== 1);
  if (strange !== undefined) {
    throw new FormatError('forward', `${path}: mask holds ${strange}; a mask is 1 on the object and 0 elsewhere`);
  }
}

type Read = Readonly<Record<'query' | 'support' | 'mask', HostTensor>>;

/** Puts the inputs on the engine. Their shapes have been checked. */
function place({ query, support, mask }: Read, engine: Engine): ForwardInputs {
  const shotAxis = support.shape.length === 5;
  const shots = shotAxis ? (support.shape[1] ?? 1) : 1;
  const pick = ({ data, shape }: HostTensor, shot: number): Float32Array =>
    shotOf(Float32Array.from(data), shape[0] ?? 1, shots, shot);
  const [batch = 1, , height = 1, width = 1] = query.shape;
  const [supportHeight = 1, supportWidth = 1] = support.shape.slice(-2);
  return {
    query: fromArray(Float32Array.from(query.data), [batch, 3, height, width], { engine }),
    shots: Array.from({ length: shots }, (_, shot) => ({
      support: fromArray(pick(support, shot), [batch, 3, supportHeight, supportWidth], { engine }),
      mask: fromArray(pick(mask, shot), [batch, supportHeight, supportWidth], { engine }),
    })),
    shotAxis,
  };
}

/** One shot of [B, K, …], as [B, …]. */
function shotOf(data: Float32Array, batch: number, shots: number, shot: number): Float32Array {
  const size = data.length / (batch * shots);
  const picked = new Float32Array(batch * size);
  for (let b = 0; b < batch; b += 1) {
    const start = (b * shots + shot) * size;
    picked.set(data.subarray(start, start + size), b * size);
  }
  return picked;
}
