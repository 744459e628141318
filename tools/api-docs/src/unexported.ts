import {
  DeclarationReflection,
  ParameterReflection,
  ReflectionKind,
  SignatureReflection,
  TypeParameterReflection,
  makeRecursiveVisitor,
  type ProjectReflection,
  type ReferenceType,
  type Reflection,
  type SomeType,
} from 'typedoc';

/**
 * The types that a reader of these packages' reference meets but cannot import, as sentences. (TypeDoc's own
 * `notExported` checks a single package.)
 *
 * Types inside a generic type alias are left out: such an alias is a shape rule, and nobody writes down the steps of
 * its computation. A local shorthand can say `@inline`; the reference then shows its definition.
 */
export function unexportedTypes(project: ProjectReflection, packages: ReadonlySet<string>): string[] {
  const found = new Map<string, string>();
  for (const owner of Object.values(project.reflections)) {
    if (insideTypeFunction(owner)) continue;
    const visitor = makeRecursiveVisitor({
      reference(type) {
        const { symbolId } = type;
        if (symbolId === undefined || !packages.has(symbolId.packageName) || isResolved(type)) return;
        const file = `${symbolId.packageName}/${symbolId.packagePath}`;
        const key = `${file} ${type.qualifiedName}`;
        if (!found.has(key))
          found.set(
            key,
            `${type.qualifiedName} (${file}) stands in ${owner.getFriendlyFullName()}, and cannot be imported`,
          );
      },
    });
    for (const type of typesOf(owner)) type?.visit(visitor);
  }
  return [...found.values()];
}

function isResolved(type: ReferenceType): boolean {
  return type.reflection !== undefined || type.externalUrl !== undefined || type.isIntentionallyBroken();
}

/** The owner's own types. The types of its members belong to the members. */
function typesOf(owner: Reflection): readonly (SomeType | undefined)[] {
  if (owner instanceof TypeParameterReflection) return [owner.type, owner.default];
  if (
    owner instanceof DeclarationReflection ||
    owner instanceof SignatureReflection ||
    owner instanceof ParameterReflection
  )
    return [owner.type];
  return [];
}

function insideTypeFunction(owner: Reflection): boolean {
  for (let at: Reflection | undefined = owner; at !== undefined; at = at.parent) {
    if (at instanceof DeclarationReflection && at.kindOf(ReflectionKind.TypeAlias) && at.typeParameters !== undefined) {
      // The alias's own type parameters are part of its interface.
      return !(owner instanceof TypeParameterReflection && owner.parent === at);
    }
  }
  return false;
}
