/**
 * Undoes the filters of a pass's rows, in place (PNG, 9.2). Each stored byte is the difference from a prediction by its
 * neighbours to the left, above, and above to the left.
 *
 * @param rows one after the other, each with the filter's byte in front
 * @param rowBytes the bytes of a row, without the filter's byte
 * @param pixelBytes the distance to the left neighbour: the bytes of a pixel, at least 1
 * @throws RangeError for a filter that does not exist
 */
export function unfilter(rows: Uint8Array, rowBytes: number, pixelBytes: number): void {
  // Above the first row there are zeros.
  let above: Uint8Array = new Uint8Array(rowBytes);
  for (let start = 0; start < rows.length; start += 1 + rowBytes) {
    const row = rows.subarray(start + 1, start + 1 + rowBytes);
    const filter = rows[start] ?? 0;
    const undo = filters[filter];
    if (undo === undefined) throw new RangeError(`a row has the filter ${filter}, which does not exist`);
    undo(row, above, pixelBytes);
    above = row;
  }
}

type Undo = (row: Uint8Array, above: Uint8Array, pixelBytes: number) => void;

/** The filters by number: none, left, above, their mean, Paeth's choice. Bytes wrap around. */
const filters: readonly Undo[] = [
  () => undefined,
  (row, _, pixelBytes) => {
    for (let i = pixelBytes; i < row.length; i += 1) row[i] = (row[i] ?? 0) + (row[i - pixelBytes] ?? 0);
  },
  (row, above) => {
    for (let i = 0; i < row.length; i += 1) row[i] = (row[i] ?? 0) + (above[i] ?? 0);
  },
  (row, above, pixelBytes) => {
    for (let i = 0; i < row.length; i += 1) {
      const left = i < pixelBytes ? 0 : (row[i - pixelBytes] ?? 0);
      row[i] = (row[i] ?? 0) + ((left + (above[i] ?? 0)) >> 1);
    }
  },
  (row, above, pixelBytes) => {
    for (let i = 0; i < row.length; i += 1) {
      const left = i < pixelBytes ? 0 : (row[i - pixelBytes] ?? 0);
      const corner = i < pixelBytes ? 0 : (above[i - pixelBytes] ?? 0);
      row[i] = (row[i] ?? 0) + paeth(left, above[i] ?? 0, corner);
    }
  },
];

/** The neighbour nearest to left + above − corner; the first one of several. */
function paeth(left: number, above: number, corner: number): number {
  const byLeft = Math.abs(above - corner);
  const byAbove = Math.abs(left - corner);
  const byCorner = Math.abs(left + above - 2 * corner);
  if (byLeft <= byAbove && byLeft <= byCorner) return left;
  return byAbove <= byCorner ? above : corner;
}
