import { execFileSync } from 'node:child_process';
import { cpus, availableParallelism } from 'node:os';
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The circumstances that are stored with every result. */
export interface Environment {
  /** The measured commit, with `-dirty` if files differ from it. */
  readonly commit: string;
  readonly machine: string;
}

export function environment(): Environment {
  return {
    commit: currentCommit(),
    machine: `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} processors, Node ${process.versions.node}`,
  };
}

/** Outside of a checkout there is no commit. */
function currentCommit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

/** Appends a line of JSON for each result to `bench/results/<today>-<name>.jsonl`, and returns that path. */
export async function keepResults(name: string, results: readonly object[]): Promise<string> {
  const path = `bench/results/${new Date().toISOString().slice(0, 10)}-${name}.jsonl`;
  const file = fileURLToPath(new URL(`../../../${path}`, import.meta.url));
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, results.map((result) => `${JSON.stringify(result)}\n`).join(''));
  return path;
}
