import { ReflectionKind, SignatureReflection, type ParameterReflection, type ProjectReflection } from 'typedoc';

/** TypeDoc's name for a destructured parameter, unless a `@param` names it. */
const unnamed = '__namedParameters';

/** Names such parameters, after their types: `{ p = 2 }: NormOptions` is called `options`, `{ x }: Rows` is called `rows`. */
export function nameParameters(project: ProjectReflection): void {
  for (const signature of project.getReflectionsByKind(ReflectionKind.SomeSignature)) {
    if (!(signature instanceof SignatureReflection)) continue;
    const { comment, parameters = [] } = signature;
    const taken = new Set(parameters.map(({ name }) => name));
    const spoken = comment?.blockTags.some(
      ({ tag, name }) => tag === '@param' && name !== undefined && !name.includes('.') && !taken.has(name),
    );
    const first = parameters.find(({ name }) => name === unnamed);
    if (first !== undefined && spoken !== true) first.name = nameAfter(first);
  }
}

function nameAfter({ type }: ParameterReflection): string {
  const name = type?.type === 'reference' ? type.name : 'Partial';
  return /(Options|^Partial)$/.test(name) ? 'options' : name.charAt(0).toLowerCase() + name.slice(1);
}
