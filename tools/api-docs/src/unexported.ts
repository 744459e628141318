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
 * The types of these packages that a reader meets and cannot import, as sentences. (TypeDoc's own `notExported` looks at
 * a single package.)
 *
 * What stands in a generic type alias is left out: a shape rule is a computation, whose steps nobody writes down. A local
 * shorthand can say `@inline`, and is shown as what it stands for.
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

/** Types of members have owners of their own. */
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
      // Its own parameters are part of what it takes.
      return !(owner instanceof TypeParameterReflection && owner.parent === at);
    }
  }
  return false;
}
