/** @returns the number that an option's text means; any other text ends the program */
export function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  return refuse(`--${name} takes a positive whole number, got ${text}`);
}

/** Ends the program with a message about its wrong arguments. */
export function refuse(message: string): never {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}
