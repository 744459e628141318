import { relative, sep } from 'node:path';
import { Comment, CommentTag, ReflectionKind, type Context, type DeclarationReflection } from 'typedoc';

/**
 * The category of a declaration, by its source path: the longest matching prefix counts. Functions over tensors name
 * their category themselves (`@category Reductions`), because one folder holds all of them.
 */
const categoriesByPath: Readonly<Record<string, string>> = {
  'packages/tensor/src/': 'Tensors',
  'packages/tensor/src/errors.ts': 'Errors',
  'packages/tensor/src/random.ts': 'Random numbers',
  'packages/tensor/src/engine.ts': 'Engines and memory',
  'packages/tensor/src/scope.ts': 'Engines and memory',
  'packages/tensor/src/lifetime.ts': 'Engines and memory',
  'packages/tensor/src/profile.ts': 'Engines and memory',
  'packages/tensor/src/shape/': 'Shapes and their rules',
  'packages/tensor/src/op.ts': "Operations of one's own",
  'packages/tensor/src/run.ts': "Operations of one's own",
  'packages/tensor/src/spec.ts': "Operations of one's own",
  'packages/tensor/src/recorder.ts': "Operations of one's own",
  'packages/tensor/src/backend.ts': "Operations of one's own",
  'packages/tensor/src/backends/': "Operations of one's own",
  'packages/onnx/src/': 'Files',
  'packages/conv4d/src/': 'Shapes and their rules',
  'packages/conv4d/src/variants/': 'Convolutions',
  'packages/conv4d/src/modules/': 'Layers',
  'packages/autograd/src/': 'Derivatives',
  'packages/nn/src/': 'Modules and their state',
  'packages/nn/src/layers/': 'Layers',
  'packages/nn/src/optim/': 'Optimisers',
  'packages/nn/src/gradients.ts': 'Optimisers',
  'packages/nn/src/safetensors/': 'Files',
  'packages/nn/src/pytorch/': 'Files',
  'packages/datasets/src/episode/': 'Episodes',
  'packages/datasets/src/source/': 'Sources of items',
  'packages/datasets/src/prefetch/': 'Sources of items',
  'packages/datasets/src/augment/': 'Pictures',
  'packages/datasets/src/generate/': 'The generated dataset',
  'packages/datasets/src/image/': 'Pictures',
  'packages/datasets/src/mask/': 'Pictures',
  'packages/datasets/src/files/': 'Pictures',
  'packages/datasets/src/layouts/': 'Datasets on disk',
  'packages/datasets/src/check/': 'Datasets on disk',
  'packages/vision/src/': 'Shapes',
  'packages/vision/src/backbones/': 'Backbones',
  'packages/vision/src/weights/': 'Weights of others',
  'packages/vision/src/image/': 'Images and masks',
  'packages/vision/src/metrics/': 'Scores',
  'packages/vision/src/complexity/': 'What it costs',
  'packages/hsnet/src/': 'The model',
  'packages/hsnet/src/hypercorrelation/': 'Hypercorrelation',
  'packages/hsnet/src/complexity/': 'What it costs',
  'packages/hsnet/src/segmenter/': 'Segmenting pictures',
  'packages/hsnet/src/scoring/': 'Scores',
  'packages/hsnet/src/baselines/': 'Scores',
  'packages/hsnet/src/classes/': 'Divisions of classes',
  'packages/hsnet/src/model-description.ts': 'Checkpoints',
  'packages/hsnet/src/load-model.ts': 'Checkpoints',
  'packages/hsnet/src/checkpoint.ts': 'Checkpoints',
  'packages/hsnet/src/errors.ts': 'Errors',
};

/** The order of a package's categories: first the functions that users call, then the parts below them. */
export const categoryOrder: string[] = [
  ...[
    'Tensors',
    'Random numbers',
    'Elementwise',
    'Activations',
    'Reductions',
    'Shapes and places',
    'Indices and order',
    'Products',
  ],
  ...['Convolutions and pooling', 'Resizing and sampling', 'Normalisation and dropout', 'Losses'],
  '*',
  ...[
    'Engines and memory',
    'Errors',
    "Operations of one's own",
    'Records of operations',
    'Options of operations',
    'Shapes and their rules',
  ],
];

const paths = Object.keys(categoriesByPath).toSorted((a, b) => b.length - a.length);

/** The folder of operations in each package. */
const operations = '/src/ops/';

/**
 * Gives a category to each name of each package's main entry and `/op` entry. Other entries have only a handful of
 * names.
 *
 * @param root the repository's root; paths are relative to it
 * @returns functions over tensors without a category, as sentences
 */
export function listByCategory(context: Context, root: string): string[] {
  const silent: string[] = [];
  const modules = context.project
    .getReflectionsByKind(ReflectionKind.Module)
    .filter((module) => module.isDeclaration());
  for (const module of modules.filter(({ name }) => name.split('/').length === 2 || name.endsWith('/op'))) {
    for (const declaration of module.children ?? []) {
      if (declaration.isReference() || hasCategory(declaration)) continue;
      const file = context.getSymbolFromReflection(declaration)?.declarations?.[0]?.getSourceFile().fileName ?? '';
      const path = relative(root, file).replaceAll(sep, '/');
      if (path.includes(operations) && declaration.kindOf(ReflectionKind.Function)) {
        silent.push(`${declaration.name} (${path}) says no @category`);
        continue;
      }
      const category = path.includes(operations) ? categoryOfRecord(declaration.name) : categoryOfPath(path);
      if (category === undefined) continue;
      declaration.comment ??= new Comment();
      declaration.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: category }]));
    }
  }
  return silent;
}

function hasCategory(declaration: DeclarationReflection): boolean {
  const comments = [declaration.comment, ...declaration.getNonIndexSignatures().map(({ comment }) => comment)];
  return comments.some((comment) => comment?.getTag('@category') !== undefined);
}

function categoryOfRecord(name: string): string {
  return /(Op|Attrs)$/.test(name) ? 'Records of operations' : 'Options of operations';
}

function categoryOfPath(path: string): string | undefined {
  const found = paths.find((start) => path.startsWith(start));
  return found === undefined ? undefined : categoriesByPath[found];
}
