/**
 * The `hypercorr` command, as it was built, on a disk with a fault. Its first argument is the program's URL, its second the
 * fault as JSON, the others are the command's. `kill-runs.ts` bundles this file.
 */
import { FaultyDisk, type DiskFault } from '../../../packages/train/test/support/disk-faults.ts';

const [node = '', script = '', program = '', fault = '', ...rest] = process.argv;
// It lasts as long as the program.
const disk = new FaultyDisk(JSON.parse(fault) as DiskFault);
process.on('exit', () => process.stderr.write(`${JSON.stringify(disk.operations)}\n`));
process.argv = [node, script, ...rest];
await import(program);
