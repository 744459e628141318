/** What each open scope has to free: a stack of sets. */
const scopes: Set<Disposable>[] = [];

/** Puts a new tensor under the innermost scope. */
export function track(tensor: Disposable): void {
  scopes.at(-1)?.add(tensor);
}

/** Takes a tensor out of whichever scope holds it. */
export function untrack(tensor: Disposable): void {
  // From the inside out: a tensor nearly always dies in the scope that made it.
  for (let i = scopes.length - 1; i >= 0; i -= 1) {
    if (scopes[i]?.delete(tensor)) return;
  }
}

export function openScope(): Set<Disposable> {
  const made = new Set<Disposable>();
  scopes.push(made);
  return made;
}

/** Frees what the innermost scope still holds. */
export function closeScope(): void {
  const made = scopes.pop();
  if (made === undefined) return;
  for (const tensor of made) tensor[Symbol.dispose]();
}
