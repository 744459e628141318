import { HSNet } from '@hypercorr/hsnet';
import { writeSafetensors } from '@hypercorr/nn/node';
import { key } from '@hypercorr/tensor';

/** Writes weights for the `tiny` backbone that nobody trained: tests of the command need no good ones. */
export async function writeRandomBackbone(path: string): Promise<void> {
  const model = new HSNet({ backbone: 'tiny', key: key(7) });
  await writeSafetensors(path, model.backbone.stateDict());
  model.dispose();
}
