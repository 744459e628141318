/** Disjoint sets of the numbers 1, 2, … (Tarjan, 1975). */
export class UnionFind {
  readonly #parents: number[] = [0];

  /** A new set. @returns its only number */
  add(): number {
    this.#parents.push(this.#parents.length);
    return this.#parents.length - 1;
  }

  /** The number that stands for the set of another one: its smallest. */
  find(number: number): number {
    let root = number;
    while (this.#parents[root] !== root) root = this.#parents[root] ?? root;
    // Halves the way of the next search.
    for (let at = number; at !== root;) {
      const next = this.#parents[at] ?? root;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }

  /** Makes one set of two. @returns what stands for it */
  join(a: number, b: number): number {
    const [rootA, rootB] = [this.find(a), this.find(b)];
    const [root, other] = rootA < rootB ? [rootA, rootB] : [rootB, rootA];
    this.#parents[other] = root;
    return root;
  }
}
