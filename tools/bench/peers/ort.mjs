// ONNX Runtime, for the web (WebAssembly) or native: node ort.mjs onnxruntime-web|onnxruntime-node. Answers each case's
// name on stdin as src/peers.ts has it, with null where export_onnx.py wrote no file of that name.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const peer = process.argv[2];
const threads = Number(process.env.OMP_NUM_THREADS ?? 2);
const ort = createRequire(import.meta.url)(peer);
const isWeb = peer === 'onnxruntime-web';
if (isWeb) ort.env.wasm.numThreads = threads;
const options = isWeb
  ? { executionProviders: ['wasm'], graphOptimizationLevel: 'all' }
  : { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: 'all' };

/** A centred square of a quarter of the mask, or all of it. */
const maskOf = ([, height, width], isWhole) =>
  Float32Array.from({ length: height * width }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    const inside = Math.min(y, height - 1 - y) >= height / 4 && Math.min(x, width - 1 - x) >= width / 4;
    return Number(isWhole || inside);
  });

const feedOf = ({ name, shape }, isWhole) => {
  const size = shape.reduce((product, length) => product * length, 1);
  const data =
    name === 'mask' ? maskOf(shape, isWhole) : Float32Array.from({ length: size }, () => 2 * Math.random() - 1);
  return [name, new ort.Tensor('float32', data, shape)];
};

const ready = new Map();

async function prepare(name) {
  const file = fileURLToPath(new URL(`models/${name.replace('-whole-mask', '')}.onnx`, import.meta.url));
  if (!existsSync(file)) return undefined;
  const session = await ort.InferenceSession.create(file, options);
  const feeds = Object.fromEntries(session.inputMetadata.map((input) => feedOf(input, name.includes('-whole-mask'))));
  return () => session.run(feeds);
}

/** Runs of a tenth of a second and more need no run before them that wakes threads. */
const longRun = 100;

async function elapsed(compute) {
  const start = performance.now();
  await compute();
  return performance.now() - start;
}

const answer = (ms) => ({ ms, peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024) });

/** The first time a name is asked for, the model is loaded and run once before. */
async function answerOf(name) {
  const known = ready.get(name);
  if (known !== undefined) {
    if (known.warms) await known.compute();
    return answer(await elapsed(known.compute));
  }
  const compute = await prepare(name);
  if (compute === undefined) return null;
  await compute();
  const ms = await elapsed(compute);
  ready.set(name, { compute, warms: ms < longRun });
  return answer(ms);
}

for await (const name of createInterface({ input: process.stdin })) console.log(JSON.stringify(await answerOf(name)));
