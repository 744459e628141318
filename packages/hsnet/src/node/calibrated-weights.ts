import { formatPresence, presenceKey, type PresenceCalibration } from '../presence/calibration.ts';
import { copyWeights } from './copy-weights.ts';

/**
 * Writes a copy of a file of weights that says how it scores presence. Tensors keep their names, dtypes and bits, and so does
 * all else that the file says of itself.
 *
 * @throws as `copyWeights`
 */
export function writeCalibratedWeights(from: string, to: string, calibration: PresenceCalibration): Promise<void> {
  return copyWeights(from, to, { metadata: { [presenceKey]: formatPresence(calibration) } });
}
