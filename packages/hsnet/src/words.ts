/** A number of things in words: "1 class", "3 classes", "0 images". */
export function counted(count: number, one: string, many = one.endsWith('s') ? `${one}es` : `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
