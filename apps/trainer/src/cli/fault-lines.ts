import { dirname } from 'node:path';
import type { Fault, FaultKind } from '@hypercorr/datasets/node';

/** The most faults of one kind that get a line each. More faults share one line with their number. */
const mostTold = 10;

/** The plural of each kind of fault. */
const ofMany: Readonly<Record<FaultKind, string>> = {
  nothing: 'folders with nothing that can be used',
  annotation: 'entries that cannot be used',
  ignored: 'annotations that are ignored',
  'missing-mask': 'photographs without a mask',
  'missing-image': 'masks without a photograph',
  'missing-file': 'files are missing that the lists need',
  stray: 'files or folders that belong to no sample',
  image: 'photographs that cannot be read',
  mask: 'masks that cannot be read',
  classes: 'masks with classes that do not fit',
  size: 'masks of another size than their photographs',
  empty: 'masks that mark no object',
  full: 'masks that mark everything',
  'few-images': 'classes with too few images',
  doubt: 'masks whose values may mean something else',
  turned: 'photographs that their EXIF orientation turns',
  colours: 'photographs in other colours than 8-bit RGB',
  transparent: 'photographs with an alpha channel',
};

/** A line for each fault. Many faults of one kind share a line; missing files share one for each folder. */
export function faultLines(faults: readonly Fault[]): readonly string[] {
  const alike = new Map<string, Fault[]>();
  for (const fault of faults) {
    const { severity, kind, file } = fault;
    const name = `${severity} ${kind} ${kind === 'missing-file' ? dirname(file) : ''}`;
    const group = alike.get(name) ?? [];
    alike.set(name, group);
    group.push(fault);
  }
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length <= mostTold) return group.map(faultLine);
    const where = first.kind === 'missing-file' ? ` in ${dirname(first.file)}` : '';
    return [
      `${first.severity}: ${group.length.toLocaleString('en-US')} ${ofMany[first.kind]}${where}; the first: ${text(first)} (--json has all)`,
    ];
  });
}

function faultLine(fault: Fault): string {
  return `${fault.severity}: ${text(fault)}`;
}

function text({ file, message }: Fault): string {
  return message.startsWith(file) ? message : `${file}: ${message}`;
}
