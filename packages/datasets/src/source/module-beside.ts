/**
 * The URL of a module beside another one: a TypeScript file where this package runs from its sources, JavaScript where it
 * is built.
 *
 * @param name without extension: `'episode-reader'`
 * @param base `import.meta.url` of the other module
 */
export function moduleBeside(name: string, base: string): URL {
  return new URL(`${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
}
