/** A class's name as a list can hold it: in quotes where it has commas, quotes, outer blanks, or a # that begins a comment. */
export function quotedName(name: string): string {
  return /[,"]|(^|\s)#|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
