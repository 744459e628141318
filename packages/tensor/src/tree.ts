import { Tensor } from './tensor.ts';

/** Tensors in arrays and plain objects, to any depth. Scopes return such trees, and derivatives are taken of them. */
export type Tree = Tensor | readonly Tree[] | { readonly [key: string]: Tree };

/** Calls `visit` for every tensor in arrays and plain objects, in order. Skips everything else. */
export function forEachTensor(tree: unknown, visit: (tensor: Tensor) => void): void {
  if (tree instanceof Tensor) visit(tree);
  else if (Array.isArray(tree) || isPlainObject(tree)) {
    for (const child of Object.values(tree)) forEachTensor(child, visit);
  }
}

/** A copy of the tree in which `change` replaced every tensor. */
export function mapTree<T extends Tree>(tree: T, change: (tensor: Tensor) => Tensor): T;
export function mapTree(tree: Tree, change: (tensor: Tensor) => Tensor): Tree {
  if (tree instanceof Tensor) return change(tree);
  if (isList(tree)) return tree.map((child) => mapTree(child, change));
  return Object.fromEntries(Object.entries(tree).map(([key, child]) => [key, mapTree(child, change)]));
}

function isList(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
