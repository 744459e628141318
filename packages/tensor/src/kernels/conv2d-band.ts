import { ascending, type Taps, type TapSum } from './conv2d-geometry.ts';
import { enoughUnits, roundUp } from './matmul-pack.ts';

/** Outputs that the kernels over a band compute together. */
const width = 8;

/** Bytes that a copied band may take, to stay in the second-level cache. */
const bandBytes = 2 ** 18;

/** Rows that a band has at least, where it is cut only to have more of them: each copies the rows around it too. */
const leastRows = 8;

/** How a tap sum is cut into bands of its output, each with a copy of what it sees: `assembly/conv2d-band.ts`. */
export interface Bands {
  /** The taps in the order of the copy. */
  readonly rows: Taps;
  readonly columns: Taps;
  /** Rows of the output in a band. */
  readonly band: number;
  /** Bands of all images and groups. */
  readonly units: number;
  /** Rows, and columns of one residue modulo the column step, of the copy of a channel. */
  readonly copyRows: number;
  readonly copyColumns: number;
  /** Bytes of the copy of all channels of a group. */
  readonly copyBytes: number;
}

export function bandsOf(sum: Pick<TapSum, 'output' | 'rows' | 'columns' | 'groups' | 'channels'>): Bands {
  const { output, groups, channels } = sum;
  const rows = ascending(sum.rows);
  const columns = ascending(sum.columns);
  // The last group of eight may reach past the last column.
  const span = (roundUp(output.columns, width) - 1) * columns.step + reach(columns);
  const copyColumns = Math.ceil(span / columns.step);
  const copyRows = (band: number) => (band - 1) * rows.step + reach(rows);
  const copyBytes = (band: number) => 4 * channels * copyRows(band) * copyColumns * columns.step;
  const units = (band: number) => output.images * groups * Math.ceil(output.rows / band);
  let band = output.rows;
  while (band > 1 && copyBytes(band) > bandBytes) band = Math.ceil(band / 2);
  while (band > leastRows && units(band) < enoughUnits) band = Math.ceil(band / 2);
  return { rows, columns, band, units: units(band), copyRows: copyRows(band), copyColumns, copyBytes: copyBytes(band) };
}

/** From the first source element that a position sees to the last, counting both. */
function reach({ count, dilation }: Taps): number {
  return Math.max(0, count - 1) * dilation + 1;
}
