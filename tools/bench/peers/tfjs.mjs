// TensorFlow.js with its WebAssembly backend (SIMD; in Node it has one thread). Answers each case's name on
// stdin as src/peers.ts has it, with null for what it lacks: it has no gradient of convolution.
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';

await tf.setBackend('wasm');
await tf.ready();

const random = (...shape) => tf.randomUniform(shape, -1, 1);
const matmul = (n) => {
  const [a, b] = [random(n, n), random(n, n)];
  return () => tf.matMul(a, b);
};
// NHWC is the only layout that its convolution takes.
const conv2d = (x, weight, stride, padding) => () => tf.conv2d(x, weight, stride, padding);

const prepare = {
  'matmul.256': () => matmul(256),
  'matmul.1024': () => matmul(1024),
  'conv2d.3x3.forward': () => conv2d(random(4, 50, 50, 128), random(3, 3, 128, 128), 1, 'same'),
  'conv2d.1x1.forward': () => conv2d(random(4, 50, 50, 128), random(1, 1, 128, 512), 1, 'same'),
  'conv2d.7x7.stride2': () => conv2d(random(1, 400, 400, 3), random(7, 7, 3, 64), 2, 3),
  'add.4x128x50x50': () => {
    const [a, b] = [random(4, 50, 50, 128), random(4, 50, 50, 128)];
    return () => tf.add(a, b);
  },
  'relu.4x128x50x50': () => {
    const x = random(4, 50, 50, 128);
    return () => tf.relu(x);
  },
  'softmax.1024x1024': () => {
    const x = random(1024, 1024);
    return () => tf.softmax(x);
  },
  'dispatch.add.1': () => {
    const [a, b] = [random(1), random(1)];
    return () => tf.add(a, b);
  },
};

const ready = new Map();
const once = (compute) => tf.dispose(compute());

function answerOf(name) {
  if (prepare[name] === undefined) return null;
  if (!ready.has(name)) {
    const compute = prepare[name]();
    once(compute);
    const start = performance.now();
    once(compute);
    ready.set(name, { compute, count: Math.max(1, Math.ceil(20 / (performance.now() - start))) });
  }
  const { compute, count } = ready.get(name);
  once(compute);
  const start = performance.now();
  for (let i = 0; i < count; i += 1) once(compute);
  const ms = (performance.now() - start) / count;
  return { ms, peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024) };
}

for await (const name of createInterface({ input: process.stdin })) console.log(JSON.stringify(answerOf(name)));
