import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Application, Comment, Converter, ReflectionKind, type TypeDocOptions } from 'typedoc';
import { categoryOrder, listByCategory } from './categories.ts';
import { readEntries } from './entries.ts';
import { describeModule, readReadmes } from './modules.ts';
import { nameParameters } from './parameters.ts';
import { unexportedTypes } from './unexported.ts';

export interface ReferenceOptions {
  /** The repository. Its README is the front page, its `packages` are described, and its `docs` become pages. */
  readonly root: string;
  /** The folder of the pages. Its old contents are deleted. */
  readonly out: string;
  /** The compiler's configuration, for a program with every entry. */
  readonly tsconfig: string;
}

/**
 * Writes the reference. Every warning of TypeDoc is an error: a dead link, an unknown parameter, a type that users meet
 * but cannot import. TypeDoc prints the warnings on stderr.
 *
 * @returns whether the reference was written
 */
export async function buildReference({ root, out, tsconfig }: ReferenceOptions): Promise<boolean> {
  const entries = await readEntries(join(root, 'packages'));
  const options: TypeDocOptions = {
    name: 'Hypercorr',
    readme: join(root, 'README.md'),
    tsconfig,
    basePath: root,
    logLevel: 'Warn',
    entryPoints: entries.map(({ file }) => file),
    // Another step checks the types, with another compiler.
    skipErrorChecking: true,
    projectDocuments: await documents(join(root, 'docs')),
    sortEntryPoints: false,
    categorizeByGroup: false,
    categoryOrder,
    defaultCategory: 'Also exported here',
    navigation: { includeCategories: true },
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    // A page lies three folders below the repository's root.
    disableGit: true,
    sourceLinkTemplate: '../../../{path}#L{line}',
    githubPages: false,
    hideGenerator: true,
    validation: {
      notExported: false,
      invalidLink: true,
      invalidPath: true,
      rewrittenLink: true,
      unusedMergeModuleWith: true,
    },
  };
  const app = await Application.bootstrap(options);
  const readmes = await readReadmes(entries);
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.kindOf(ReflectionKind.Module)) describeModule(context, reflection, readmes);
  });
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const [, title] = /^# (.+)$/m.exec(Comment.combineDisplayParts(document.content)) ?? [];
    if (title !== undefined) document.name = title;
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    nameParameters(context.project);
    // The page already has the name as its title.
    const [first] = context.project.readme ?? [];
    if (first?.kind === 'text') first.text = first.text.replace(/^# .*\n/, '');
    for (const fault of listByCategory(context, root)) app.logger.warn(fault);
  });

  const project = await app.convert();
  if (project === undefined) return false;
  app.validate(project);
  const packages = new Set(entries.filter(({ folder }) => folder !== undefined).map(({ name }) => name));
  for (const fault of unexportedTypes(project, packages)) app.logger.warn(fault);
  const sound = (): boolean => !app.logger.hasErrors() && !app.logger.hasWarnings();
  if (!sound()) return false;
  await app.generateDocs(project, out);
  return sound();
}

/** The documents that a folder's README lists, in its order, after the README itself. */
async function documents(folder: string): Promise<string[]> {
  const index = await readFile(join(folder, 'README.md'), 'utf8');
  const listed = Array.from(index.matchAll(/\]\((?!\.\.)([^)#]+\.md)\)/g), ([, path = '']) => join(folder, path));
  return [join(folder, 'README.md'), ...listed];
}
