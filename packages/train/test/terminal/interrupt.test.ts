import { expect, test, vi } from 'vitest';
import { Interrupt, TerminalLog } from '../../src/node.ts';

test('what the program is to do when it ends at once is done in the opposite order, a folder unlocked last, and whatever fails of it', () => {
  const said: string[] = [];
  const log = new TerminalLog({ stream: { write: (text: string) => void said.push(text) }, environment: {} });
  const interrupt = new Interrupt(log);
  const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  try {
    interrupt.onAbort(() => void said.push('unlocked'));
    interrupt.onAbort(() => {
      throw new Error('the disk fails');
    });
    interrupt.onAbort(() => void said.push('removed'));
    interrupt.finishWith('finishes');
    process.emit('SIGINT');
    expect([interrupt.requested, said.splice(0)]).toEqual([
      true,
      ['warning: interrupted; finishes (once more to stop at once)\n'],
    ]);
    expect(() => process.emit('SIGINT')).toThrow('exit 130');
    expect(said).toEqual(['removed', 'warning: the disk fails\n', 'unlocked', 'warning: stopped\n']);
  } finally {
    exit.mockRestore();
    interrupt[Symbol.dispose]();
  }
});
