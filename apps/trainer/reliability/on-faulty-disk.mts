/** The `hypercorr` command, as it was built, on a disk with a fault: its first argument is the fault as JSON, the others the command's. */
import { FaultyDisk, type DiskFault } from '../../../packages/train/test/support/disk-faults.ts';

const [node = '', script = '', fault = '', ...rest] = process.argv;
// It lasts as long as the program.
const disk = new FaultyDisk(JSON.parse(fault) as DiskFault);
process.on('exit', () => process.stderr.write(`${JSON.stringify(disk.operations)}\n`));
process.argv = [node, script, ...rest];
// By a URL, which the compiler does not follow: what it names is there after a build.
await import(new URL('../bin/hypercorr.js', import.meta.url).href);
