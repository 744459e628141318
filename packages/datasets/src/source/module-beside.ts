/**
 * The URL of a module beside another one, with the other's extension: `.ts` where the program runs from its sources, `.js`
 * where it is compiled.
 *
 * @param name without extension: `'episode-reader'`
 * @param base `import.meta.url` of the other module
 */
export function moduleBeside(name: string, base: string): URL {
  return new URL(`${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
}
