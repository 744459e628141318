// TensorFlow.js as its documentation has it: the backend brings all of its kernels.
import '@tensorflow/tfjs-backend-wasm';

export { forward } from './tfjs-task.mjs';
