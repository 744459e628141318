export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/**
 * Puts `text` between `<!-- name -->` and `<!-- /name -->`.
 *
 * @throws RangeError if the document lacks these marks
 */
export function replaceBetween(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new RangeError(`the document has no ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n${text}${document.slice(to)}`;
}
