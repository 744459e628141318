import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { node } from '../support/command.ts';
import { compile, compileProgram, projectOf } from '../support/consumer.ts';
import { guideBlocks } from '../support/guide.ts';
import { buildPage, gzippedBytes, openPage } from '../support/page.ts';
import { root } from '../support/root.ts';

/** Installing, compiling and building take seconds, and more on a busy machine. */
const patience = 120_000;

const { packages } = inject('packed');

/** Type-checks and runs a program of `consumers/` with `name` and `others` installed; it prints what it found. */
async function consume(
  name: string,
  program: string,
  types: readonly string[] = [],
  others: readonly string[] = [],
): Promise<unknown> {
  const project = await projectOf([name, ...others]);
  const text = await readFile(join(root, 'tests/packaging/consumers', `${program}.ts`), 'utf8');
  await compileProgram(project, text, types);
  return JSON.parse(await node(['main.js'], { cwd: project }));
}

const description = expect.stringMatching(/^wasm: 2 threads, .* SIMD, shared memory$/);
const nearOne: unknown = expect.closeTo(1, 2);

describe('from its tarball, with types,', () => {
  it('every package is tried here', () => {
    expect(packages.map(({ name }) => name).toSorted()).toEqual(
      ['autograd', 'conv4d', 'datasets', 'hsnet', 'nn', 'onnx', 'tensor', 'train', 'vision'].map(
        (name) => `@hypercorr/${name}`,
      ),
    );
  });

  it('@hypercorr/tensor computes, and says what is missing for a GPU', { timeout: patience }, async () => {
    expect(await consume('@hypercorr/tensor', 'tensor')).toEqual({
      description,
      result: [7, 16, 16, 38.5],
      refused: expect.stringMatching(/^ShapeError: \[matmul\] /),
      gpuRefused: 'BackendError: [gpu] GPU.js could not be loaded; install it beside this package: npm install gpu.js',
      text: '(-1)',
    });
  });

  it('@hypercorr/autograd takes a gradient', { timeout: patience }, async () => {
    expect(await consume('@hypercorr/autograd', 'autograd')).toEqual({ description, result: [3, 12, 27] });
  });

  it('@hypercorr/nn trains, and writes and reads files', { timeout: patience }, async () => {
    expect(await consume('@hypercorr/nn', 'nn', ['node'])).toEqual({
      description,
      names: ['weight', 'bias'],
      result: [nearOne, nearOne, nearOne, nearOne],
    });
  });

  it('@hypercorr/conv4d convolves, and differentiates', { timeout: patience }, async () => {
    expect(await consume('@hypercorr/conv4d', 'conv4d')).toEqual({
      description,
      shapes: [0, 1, 2].map(() => [1, 3, 5, 4, 3, 4]),
      gradients: ['conv1.weight', 'conv1.bias', 'conv2.weight', 'conv2.bias'],
    });
  });

  it('@hypercorr/onnx writes modules and functions', { timeout: patience }, async () => {
    expect(await consume('@hypercorr/onnx', 'onnx', [], ['@hypercorr/conv4d'])).toEqual({
      description,
      operators: [['Softmax'], ['MatMul'], ['Conv']],
    });
  });

  it('@hypercorr/hsnet segments', { timeout: patience }, async () => {
    expect(await consume('@hypercorr/hsnet', 'hsnet')).toEqual({ description, pixels: 96 * 128, episodes: 1 });
  });

  it('@hypercorr/vision takes feature maps, and scores', { timeout: patience }, async () => {
    const shapes = [
      [1, 80, 1, 2],
      [1, 32, 8, 16],
    ];
    expect(await consume('@hypercorr/vision', 'vision')).toEqual({ description, shapes, miou: 100 });
  });

  it("@hypercorr/train trains a task of one's own", { timeout: patience }, async () => {
    expect(await consume('@hypercorr/train', 'train', ['node'])).toEqual({
      description,
      ended: 'epochs',
      step: 200,
      learned: true,
    });
  });

  it('@hypercorr/datasets reads what it writes', { timeout: patience }, async () => {
    expect(await consume('@hypercorr/datasets', 'datasets', ['node'])).toEqual({
      classes: ['square'],
      size: [10, 10],
      object: 50,
    });
  });
});

describe("the READMEs' programs", () => {
  const projectWith = (name: string): Promise<string> => projectOf([`@hypercorr/${name}`]);

  const programOf = async (readme: string): Promise<string> => {
    const [block] = guideBlocks(await readFile(join(root, readme), 'utf8'));
    return block?.text ?? expect.fail(`${readme} has no program`);
  };

  it.each([
    [
      'README.md',
      'nn',
      /^wasm: \d+ threads?, .* SIMD, shared memory\nFloat32Array\(1\) \[[^\]]+\] Float32Array\(12\) \[/,
    ],
    ['packages/tensor/README.md', 'nn', /^Float32Array\(4\) \[ 7, 10, 15, 22 \]\n$/],
    ['packages/autograd/README.md', 'nn', /^Float32Array\(1\) \[ 14 \] Float32Array\(3\) \[ 2, 4, 6 \]\n$/],
    ['packages/nn/README.md', 'nn', /^$/],
    ['packages/conv4d/README.md', 'conv4d', /./],
    ['packages/onnx/README.md', 'onnx', /^true\n$/],
    ['packages/hsnet/README.md', 'hsnet', /./],
    ['packages/vision/README.md', 'vision', /^1×256×16×24, 1×2048×8×12\n32 taps\n50 66\.7\n$/],
    ['packages/train/README.md', 'train', /last\.safetensors/],
    ['packages/datasets/README.md', 'datasets', /^3 \{ '0\/1': 3 \} 0\n$/],
  ])('%s runs as it stands there', { timeout: patience }, async (readme, name, printed) => {
    const project = await projectWith(name);
    await compileProgram(project, await programOf(readme), ['node']);
    await expect(node(['main.js'], { cwd: project })).resolves.toMatch(printed);
  });

  it(
    'a line that does not compile, as README.md says, gives the error that it shows',
    { timeout: patience },
    async () => {
      const program = await programOf('README.md');
      const [, call = '', message = ''] = /^\/\/ (.*) does not compile:\n\/\/ +(.*)$/m.exec(program) ?? [];
      expect(message).toMatch(/^\[matmul\]/);
      await expect(compileProgram(await projectWith('nn'), `${program}\n${call};\n`, ['node'])).rejects.toThrow(
        message,
      );
    },
  );
});

describe('in a page built by Vite', () => {
  let project: string;
  beforeAll(async () => {
    project = await projectOf(['@hypercorr/nn']);
  }, patience);

  it('the packages train, on two threads', { timeout: patience }, async () => {
    const page = await buildPage('training', project);
    expect(await openPage(page)).toEqual({ description, result: [nearOne, nearOne, nearOne, nearOne] });
  });

  it("the engine computes in a worker, as the tensor package's README has it", { timeout: patience }, async () => {
    const blocks = guideBlocks(await readFile(join(root, 'packages/tensor/README.md'), 'utf8')).filter(
      ({ file }) => file !== 'readme.ts',
    );
    const page = await buildPage('worker', project, blocks);
    await compile(
      page.folder,
      [],
      blocks.map(({ file }) => file),
    );
    expect(await openPage(page)).toEqual([description, 6]);
  });

  it('threads start from a file where the page forbids blobs', { timeout: patience }, async () => {
    const page = await buildPage('strict-policy', project);
    expect(await openPage(page, "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'")).toEqual([
      expect.stringMatching(
        /^BackendError: \[wasm\] a worker thread could not be started.*@hypercorr\/tensor\/assets\/worker\.js/,
      ),
      expect.stringMatching(/^wasm: 2 threads, .*, shared memory: true$/),
    ]);
  });

  it(
    '@hypercorr/tensor with the wasm backend is below 100 KB, minified and gzipped',
    { timeout: patience },
    async () => {
      const { code } = await buildPage('everything', project);
      const bytes = gzippedBytes(code);
      process.stdout.write(`@hypercorr/tensor with wasm, minified: ${code.length} bytes, gzipped: ${bytes} bytes\n`);
      expect(code).toContain('softplus');
      expect(bytes).toBeLessThan(100_000);
    },
  );

  it('what is not imported is left out', { timeout: patience }, async () => {
    const { code } = await buildPage('one-operation', project);
    process.stdout.write(`one operation on the reference backend, gzipped: ${gzippedBytes(code)} bytes\n`);
    expect(code).not.toContain('softplus');
    // The first bytes of a WebAssembly binary, as kernels are inlined.
    expect(code).not.toContain('0061736d01000000');
  });
});
