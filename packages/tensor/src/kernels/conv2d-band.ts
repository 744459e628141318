import { ascending, type Taps, type TapSum } from './conv2d-geometry.ts';
import { enoughUnits, roundUp } from './matmul-pack.ts';

/** The number of outputs that the kernels over a band compute together. */
const width = 8;

/** The largest size of a copied band in bytes, so that it stays in the second-level cache. */
const bandBytes = 2 ** 18;

/**
 * The least number of rows in a band when cutting only serves to make more bands. (Each band also copies the rows
 * around it.)
 */
const leastRows = 8;

/**
 * How a tap sum is cut into bands of its output, each with a copy of the input that it sees: `assembly/conv2d-band.ts`.
 */
export interface Bands {
  /** The taps in the order of the copy. */
  readonly rows: Taps;
  readonly columns: Taps;
  /** The number of rows of the output in a band. */
  readonly band: number;
  /** The number of bands of all images and groups. */
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

/** The number of source elements from the first to the last that a position sees, including both. */
function reach({ count, dilation }: Taps): number {
  return Math.max(0, count - 1) * dilation + 1;
}
