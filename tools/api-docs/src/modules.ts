import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MinimalSourceFile, normalizePath, type Context, type DeclarationReflection } from 'typedoc';
import type { Entry } from './entries.ts';

/** An entry with its package's README. */
interface Readme extends Entry {
  readonly text: string | undefined;
}

/** The READMEs of the packages, by the source of each entry; only a package's main entry has one. */
export async function readReadmes(entries: readonly Entry[]): Promise<ReadonlyMap<string, Readme>> {
  const texts = await Promise.all(
    entries.map(async (entry) => {
      const text = entry.folder === undefined ? undefined : await readFile(join(entry.folder, 'README.md'), 'utf8');
      return [normalizePath(entry.file), { ...entry, text }] as const;
    }),
  );
  return new Map(texts);
}

/**
 * Names a module as users import it, shows its README, and points links to the README and to the package's folder at
 * the module's page.
 */
export function describeModule(
  context: Context,
  module: DeclarationReflection,
  readmes: ReadonlyMap<string, Readme>,
): void {
  const source = context.getSymbolFromReflection(module)?.declarations?.[0]?.getSourceFile().fileName;
  const entry = source === undefined ? undefined : readmes.get(normalizePath(source));
  if (entry === undefined) return;
  module.name = entry.name;
  if (entry.folder === undefined || entry.text === undefined) return;
  const path = normalizePath(join(entry.folder, 'README.md'));
  const { files } = context.project;
  // The page already has the name as its title.
  const body = entry.text.replace(/^# .*\n/, '');
  module.readme = context.converter.parseRawComment(new MinimalSourceFile(body, path), files).content;
  files.registerReflectionPath(path, module);
  files.registerReflectionPath(normalizePath(entry.folder), module);
}
