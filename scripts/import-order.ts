import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

/**
 * The packages from the top down. Each may import only the packages below it. Every folder of `apps` stands above the
 * list.
 */
export const packageOrder = [
  'hsnet',
  'semantic',
  'correspondence',
  'train',
  'distributed',
  'onnx',
  'vision',
  'datasets',
  'conv4d',
  'nn',
  'autograd',
  'tensor',
] as const;

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Member {
  /** Relative to the root: `packages/nn`. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** The place in the order; apps have −1. */
  readonly rank: number;
}

const importOf = /\b(?:from|import)\b\s*\(?\s*['"]([^'"\n]+)['"]/g;

/** The imports of a source. */
export function importsOf(source: string): string[] {
  return Array.from(source.matchAll(importOf), ([, specifier = '']) => specifier);
}

/**
 * Checks that the sources and tests of apps and packages import, and depend on, only packages below them in the order.
 * So there is no circle between packages; oxlint's `import/no-cycle` finds circles within one package.
 *
 * @param root the repository's root
 * @returns a line for each fault
 */
export function importFaults(root: string, order: readonly string[] = packageOrder): string[] {
  const members = ['apps', 'packages'].flatMap((group) => membersOf(root, group, order));
  return members.flatMap((member) => [
    ...(member.folder.startsWith('packages/') && member.rank < 0
      ? [`${member.folder} is not in the order of packages; give it a place in scripts/import-order.ts`]
      : []),
    ...dependencyFaults(member, members),
    ...sourcesOf(join(root, member.folder)).flatMap((file) => fileFaults(root, file, member, members)),
  ]);
}

function membersOf(root: string, group: string, order: readonly string[]): Member[] {
  if (!existsSync(join(root, group))) return [];
  return readdirSync(join(root, group)).flatMap((name) => {
    const path = join(root, group, name, 'package.json');
    if (!existsSync(path)) return [];
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    return [{ folder: `${group}/${name}`, manifest, rank: group === 'apps' ? -1 : order.indexOf(name) }];
  });
}

const mayImport = (from: Member, to: Member): boolean => from === to || to.rank > from.rank;

function dependencyFaults(member: Member, members: readonly Member[]): string[] {
  const { dependencies = {}, peerDependencies = {} } = member.manifest;
  return Object.keys({ ...dependencies, ...peerDependencies }).flatMap((name) => {
    const other = members.find(({ manifest }) => manifest.name === name);
    if (other === undefined || mayImport(member, other)) return [];
    return [`${member.folder}/package.json depends on ${name}, which is not below it`];
  });
}

function fileFaults(root: string, file: string, member: Member, members: readonly Member[]): string[] {
  const isTest = relative(join(root, member.folder), file).split(sep)[0] !== 'src';
  return importsOf(readFileSync(file, 'utf8')).flatMap((specifier) => {
    const other = specifier.startsWith('.')
      ? members.find(({ folder }) => isInside(join(root, folder), resolve(file, '..', specifier)))
      : members.find(({ manifest: { name } }) => specifier === name || specifier.startsWith(`${name}/`));
    const at = `${relative(root, file)} imports ${specifier}`;
    if (other !== undefined) return mayImport(member, other) ? [] : [`${at}, which is not below ${member.folder}`];
    // A source that imports tools, tests or scripts outside of its package does not work once the package is published.
    const leaves = specifier.startsWith('.') && !isInside(join(root, member.folder), resolve(file, '..', specifier));
    return leaves && !isTest ? [`${at}, which is outside of every package`] : [];
  });
}

function isInside(folder: string, path: string): boolean {
  return path.startsWith(`${folder}${sep}`);
}

const leftOut = new Set(['node_modules', 'dist', 'assembly', 'generated', '.results', '.turbo']);

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return leftOut.has(entry.name) ? [] : sourcesOf(path);
    return /\.(ts|mts|mjs|js)$/.test(entry.name) ? [path] : [];
  });
}
