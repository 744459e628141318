import { readFile, stat } from 'node:fs/promises';
import { FormatError } from '@hypercorr/tensor';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
};

/**
 * Reads a file's bytes.
 *
 * @param role what the file is, for errors: "image", "manifest"
 * @throws FormatError that names the file and the reason
 */
export async function readBytes(path: string, role: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FormatError(role, `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** Whether a file of this path exists. */
export function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (target) => target.isFile(),
    () => false,
  );
}

/** The system's reason in words. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause ? String(cause.code) : '';
  return reasons[code] ?? cause.message;
}
