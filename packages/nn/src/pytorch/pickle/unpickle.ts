import type { ByteReader } from '../byte-reader.ts';
import { maxPickleBytes, saveStateAlone } from '../format.ts';
import { instructions, type Environment, type Instruction } from './instructions.ts';
import { opcodes } from './opcodes.ts';
import { PickleStack } from './stack.ts';
import type { PickleValue } from './values.ts';

const byOpcode: ReadonlyMap<number, Instruction> = new Map(
  Object.entries(instructions).map(([name, run]) => [opcodes[name as keyof typeof instructions], run]),
);

/**
 * Reads one pickle: protocols 2 to 5, plain data, and the names that `environment` knows. Nothing else is imported or
 * called: placeholders stand for all other names and for what is made with them. There is no recursion, and memory stays in proportion to the pickle's length. `reader` stops behind the
 * pickle's end.
 *
 * @param most the most bytes of the pickle
 * @throws FormatError for anything else
 */
export function unpickle(reader: ByteReader, environment: Environment, most: number = maxPickleBytes): PickleValue {
  const stack = new PickleStack(reader);
  const end = reader.position + most;
  for (;;) {
    const at = reader.position;
    const code = reader.u8();
    if (code === opcodes.stop) return stack.end();
    const run = byOpcode.get(code);
    if (run === undefined)
      throw reader.refuse(
        `its pickle has the instruction 0x${code.toString(16).padStart(2, '0')} at byte ${at}, which no file of weights needs`,
      );
    run(stack, reader, environment);
    if (reader.position > end) throw reader.refuse(`its pickle is longer than ${most} bytes; ${saveStateAlone}`);
  }
}
