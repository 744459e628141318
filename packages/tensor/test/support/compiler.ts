import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One error of the compiler, with the explanation that it prints below. */
export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface Compilation {
  readonly diagnostics: readonly Diagnostic[];
  /** Types made from generic ones: what checking costs, and the same on every machine. */
  readonly instantiations: number;
}

const packageRoot = fileURLToPath(new URL('../..', import.meta.url));
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

// As far from src/ as test-d/ is, so that a copy of a type test imports the same files.
const generatedFolder = join(packageRoot, '.results');

/** The text of a file of this package. */
export function readSource(path: string): Promise<string> {
  return readFile(join(packageRoot, path), 'utf8');
}

/** Writes a file for the compiler; its imports are relative to a folder beside `src`. */
export async function writeGenerated(name: string, text: string): Promise<string> {
  await mkdir(generatedFolder, { recursive: true });
  await writeFile(join(generatedFolder, name), text);
  return `.results/${name}`;
}

/** Type-checks files of this package, under the options of its own tsconfig. */
export async function compile(...files: string[]): Promise<Compilation> {
  const project = await writeGenerated(
    `tsconfig.${files.map((file) => file.replaceAll(/\W/g, '_')).join('.')}.json`,
    JSON.stringify({ extends: '../tsconfig.json', include: [], files: files.map((file) => join(packageRoot, file)) }),
  );
  // One thread: several would each instantiate what they share, and the count would vary.
  const args = ['-p', project, '--pretty', 'false', '--extendedDiagnostics', '--singleThreaded'];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [compiler, ...args], { cwd: packageRoot }, (error, stdout, stderr) => {
      const finished = error === null || typeof error.code === 'number';
      if (finished && stdout !== '') resolve(stdout);
      else reject(error ?? new Error(stderr));
    });
  });
  const instantiations = /^Instantiations:\s+(\d+)$/m.exec(output)?.[1];
  if (instantiations === undefined) throw new Error(`the compiler printed no count of instantiations:\n${output}`);
  return { diagnostics: parseDiagnostics(output), instantiations: Number(instantiations) };
}

function parseDiagnostics(output: string): Diagnostic[] {
  const diagnostics: { file: string; line: number; text: string }[] = [];
  for (const line of output.split('\n')) {
    const start = /^(.+)\((\d+),\d+\): error (TS\d+: .+)$/.exec(line);
    const previous = diagnostics.at(-1);
    if (start !== null) diagnostics.push({ file: start[1] ?? '', line: Number(start[2]), text: start[3] ?? '' });
    else if (line.startsWith('error TS')) diagnostics.push({ file: '', line: 0, text: line });
    else if (previous !== undefined && line.startsWith('  ')) previous.text += `\n${line}`;
  }
  return diagnostics;
}
