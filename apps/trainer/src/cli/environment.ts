import type { AnyCommand } from './command.ts';
import { environmentName, type Given } from './option.ts';
import { similarName } from './similar-name.ts';

const prefix = environmentName('');

/** A warning for each environment variable that begins with `HYPERCORR_` and belongs to no option. */
export function misspeltVariables(environment: Given['environment'], commands: readonly AnyCommand[]): string[] {
  const names = commands.flatMap(({ options }) => Object.values(options).map(({ name }) => name));
  const known = [...new Set(['config', ...names])].map(environmentName);
  const strange = Object.keys(environment).filter((name) => name.startsWith(prefix) && !known.includes(name));
  return strange.map((name) => {
    const meant = similarName(
      name.slice(prefix.length),
      known.map((each) => each.slice(prefix.length)),
    );
    return `the variable ${name} is no option of any command, and is not used${meant === undefined ? '' : `; did you mean ${prefix}${meant}?`}`;
  });
}
