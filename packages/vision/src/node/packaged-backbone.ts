import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensors, serialiseTensors, type StoredState } from '@hypercorr/nn';
import { writeSafetensors } from '@hypercorr/nn/node';
import { FormatError } from '@hypercorr/tensor';
import { detector, mobileNetV2OfDetector } from '../weights/detector.ts';

/** Of the backbone alone, as it is kept. */
const keptName = 'mobilenetv2-open-images.safetensors';
const keptSha256 = 'd662571624419272085a38fa993a5fc71112638760476c143a22827e8ec3e8b2';

/** The backbones whose weights come with a package of the npm registry. */
export const packagedBackbones = ['mobilenetv2'] as const;
export type PackagedBackbone = (typeof packagedBackbones)[number];

/**
 * The weights of a backbone that come with an installed package. The first call reads the package's file, checks it by its
 * hash, and keeps the backbone's part as safetensors in `cacheFolder()`; later ones read that. Where the folder cannot be
 * written, nothing is kept.
 *
 * @throws FormatError where the package is not installed, or its file is another one
 *
 * @example loadBackboneWeights(backbone, (await readPackagedBackbone('mobilenetv2')).tensors());
 */
export async function readPackagedBackbone(name: PackagedBackbone): Promise<StoredState> {
  const kept = join(cacheFolder(), keptName);
  const bytes = await readFile(kept).catch(() => undefined);
  if (bytes !== undefined && sha256(bytes) === keptSha256) return parseSafetensors(bytes, { source: name });
  const tensors = mobileNetV2OfDetector(await readDetector());
  const metadata = { source: `${detector.file} ${detector.version}`, licence: 'Apache-2.0', sha256: detector.sha256 };
  await mkdir(cacheFolder(), { recursive: true })
    .then(() => writeSafetensors(kept, tensors, { metadata }))
    .catch(() => undefined);
  return parseSafetensors(await serialiseTensors(tensors, { metadata }), { source: name });
}

/** The package's file. */
async function readDetector(): Promise<Uint8Array> {
  const advice = `install it beside this package: npm install @mediapipe/objectron@${detector.version}`;
  const path = (() => {
    try {
      return createRequire(import.meta.url).resolve(detector.file);
    } catch (cause) {
      throw new FormatError('mobilenetv2', `${detector.file} is not there; ${advice}`, { cause });
    }
  })();
  const file = await readFile(path);
  if (sha256(file.subarray(detector.begin, detector.end)) !== detector.sha256)
    throw new FormatError('mobilenetv2', `${path} is not the file of version ${detector.version}; ${advice}`);
  return file;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * The folder for files that can be made again: `HYPERCORR_CACHE`, else `hypercorr` in the system's folder for such files.
 */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { HYPERCORR_CACHE: own, XDG_CACHE_HOME: shared, LOCALAPPDATA: local } = environment;
  if (own !== undefined && own !== '') return own;
  if (shared !== undefined && shared !== '') return join(shared, 'hypercorr');
  if (process.platform === 'win32' && local !== undefined) return join(local, 'hypercorr', 'cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'hypercorr');
  return join(homedir(), '.cache', 'hypercorr');
}
