import { readFile } from 'node:fs/promises';
import { HSNet } from '@hypercorr/hsnet';
import { loadBackboneWeights } from '@hypercorr/vision';
import { parseSafetensors, serialiseTensors } from '@hypercorr/nn';
import { key, scope } from '@hypercorr/tensor';

const backboneFile = new URL('../../../trainer/weights/tiny.safetensors', import.meta.url);

/**
 * Checkpoints as `hypercorr` writes them, of a learner with random weights on the trained backbone. With this key it finds
 * something in the first of the drawn pictures, and not everything.
 *
 * @param sizes that the checkpoints say their pictures had, one each
 */
export async function seededWeights(...sizes: readonly number[]): Promise<Uint8Array<ArrayBuffer>[]> {
  const bytes = await readFile(backboneFile);
  using model = new HSNet({ backbone: 'tiny', key: key(5) });
  scope(() => void loadBackboneWeights(model.backbone, parseSafetensors(bytes).tensors({ float64: 'round' })));
  const about = (size: number) =>
    JSON.stringify({ model: { backbone: 'tiny', kernel: 'center-pivot', supportMasking: true, size } });
  return Promise.all(
    sizes.map((size) => serialiseTensors(model.stateDict(), { metadata: { hypercorr: about(size) } })),
  );
}
