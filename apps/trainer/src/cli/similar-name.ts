/** The most edits between a name and its misspelling. For short names the limit is half of the letters. */
const mostEdits = 3;

/** The known name that an unknown name most likely means, or undefined if none is similar. */
export function similarName(name: string, names: readonly string[]): string | undefined {
  const written = name.replaceAll('_', '-').toLowerCase();
  const distance = (other: string): number => editDistance(other.replaceAll('_', '-').toLowerCase(), written);
  const nearest = names.toSorted((a, b) => distance(a) - distance(b))[0];
  if (nearest === undefined) return undefined;
  return distance(nearest) <= Math.min(mostEdits, nearest.length / 2) ? nearest : undefined;
}

/** The number of characters to insert, delete or replace (Levenshtein distance). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((row[j] ?? 0) + Number(letter !== other), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
