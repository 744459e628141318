/** What a program may reserve of addresses, where a limit is set (`ulimit -v`), in bytes. */
export interface AddressSpace {
  readonly limit: number;
  readonly left: number;
}

/** Address space that a worker takes at least: the heap and the code of a JavaScript engine of its own. */
const workerBytes = 2 ** 30;

/** The limit that the system sets to this program; undefined without one, and where nobody says. */
export function addressSpace(): AddressSpace | undefined {
  // Deno would ask the user whether the file may be read.
  if ('Deno' in globalThis || globalThis.process?.platform !== 'linux') return undefined;
  const fs = globalThis.process.getBuiltinModule?.('node:fs');
  try {
    return (
      fs &&
      parseAddressSpace(fs.readFileSync('/proc/self/limits', 'utf8'), fs.readFileSync('/proc/self/status', 'utf8'))
    );
  } catch {
    return undefined;
  }
}

/**
 * @param limits what Linux says in `/proc/self/limits`
 * @param status what it says in `/proc/self/status`
 */
export function parseAddressSpace(limits: string, status: string): AddressSpace | undefined {
  const [, bytes] = /^Max address space\s+(\d+)\s/m.exec(limits) ?? [];
  const [, kilobytes] = /^VmSize:\s+(\d+) kB$/m.exec(status) ?? [];
  if (bytes === undefined || kilobytes === undefined) return undefined;
  const limit = Number(bytes);
  return { limit, left: Math.max(0, limit - 1024 * Number(kilobytes)) };
}

/** The threads, the calling one included, that the address space has room for. A worker that finds none ends the program. */
export function threadsThatFit({ left }: AddressSpace): number {
  return 1 + Math.floor(left / workerBytes);
}

/**
 * Says what the limit is and what to do about it. V8 reserves 10 GB of addresses for each WebAssembly memory, to check
 * accesses by the processor; without the trap handler it reserves what the memory may grow to.
 */
export function describeAddressSpace({ limit }: AddressSpace): string {
  return `\`ulimit -v\` allows ${(limit / 1e9).toFixed(1)} GB of addresses, and WebAssembly reserves more than 10 GB; raise it (ulimit -v unlimited), or set NODE_OPTIONS=--disable-wasm-trap-handler`;
}
