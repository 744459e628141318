// TensorFlow.js with just the kernels of the task, taken from the backend's inner files. The binary holds all of them.
import { registerKernel } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm/dist/base.js';
import { conv2DConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Conv2D.js';
import { identityConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Identity.js';
import { reluConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Relu.js';
import { transposeConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Transpose.js';

for (const config of [conv2DConfig, identityConfig, reluConfig, transposeConfig]) registerKernel(config);

export { forward } from './tfjs-task.mjs';
