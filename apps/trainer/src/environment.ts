import type { AnyCommand } from './command.ts';
import { environmentName, type Given } from './option.ts';

const prefix = environmentName('');

/** A warning for each variable of the environment that is named like an option's, and is none of any command's. */
export function misspeltVariables(environment: Given['environment'], commands: readonly AnyCommand[]): string[] {
  const names = commands.flatMap(({ options }) => Object.values(options).map(({ name }) => name));
  const known = [...new Set(['config', ...names])].map(environmentName);
  const strange = Object.keys(environment).filter((name) => name.startsWith(prefix) && !known.includes(name));
  return strange.map((name) => {
    const nearest = known.toSorted((a, b) => editDistance(a, name) - editDistance(b, name))[0] ?? '';
    const hint = editDistance(nearest, name) <= mostEdits ? `; did you mean ${nearest}?` : '';
    return `the variable ${name} is no option of any command, and is not used${hint}`;
  });
}

/** Names that differ by more are no misspelling of each other. */
const mostEdits = 3;

/** How many characters have to be put in, taken out or changed (Levenshtein). */
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
