// jax-js with its WebAssembly backend, jitted. Answers each case's name on stdin as src/peers.ts has it, with null for what
// is left out: convolutions run there, but a 3×3 one of these sizes takes ten seconds.
import { createInterface } from 'node:readline';
import { defaultDevice, init, jit, nn, numpy as np, random } from '@jax-js/jax';

await init('wasm');
defaultDevice('wasm');

const uniform = (...shape) => random.uniform(random.key(0), shape, { minval: -1, maxval: 1 });

/** A jitted function, and arrays that it is called with: it takes them over, so that each call hands in new references. */
const of = (compute, ...inputs) => {
  const jitted = jit(compute);
  return () => jitted(...inputs.map((input) => input.ref));
};

const image = [4, 128, 50, 50];
const prepare = {
  'matmul.256': () => of((a, b) => np.matmul(a, b), uniform(256, 256), uniform(256, 256)),
  'matmul.1024': () => of((a, b) => np.matmul(a, b), uniform(1024, 1024), uniform(1024, 1024)),
  'add.4x128x50x50': () => of((a, b) => a.add(b), uniform(...image), uniform(...image)),
  'relu.4x128x50x50': () => of((x) => nn.relu(x), uniform(...image)),
  'softmax.1024x1024': () => of((x) => nn.softmax(x), uniform(1024, 1024)),
  'dispatch.add.1': () => of((a, b) => a.add(b), uniform(1), uniform(1)),
};

const ready = new Map();
async function once(compute) {
  const result = compute();
  await result.blockUntilReady();
  result.dispose();
}

async function answerOf(name) {
  if (prepare[name] === undefined) return null;
  if (!ready.has(name)) {
    const compute = prepare[name]();
    await once(compute);
    const start = performance.now();
    await once(compute);
    ready.set(name, { compute, count: Math.max(1, Math.ceil(20 / (performance.now() - start))) });
  }
  const { compute, count } = ready.get(name);
  await once(compute);
  const start = performance.now();
  for (let i = 0; i < count; i += 1) await once(compute);
  const ms = (performance.now() - start) / count;
  return { ms, peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024) };
}

for await (const name of createInterface({ input: process.stdin })) console.log(JSON.stringify(await answerOf(name)));
