// The task in TensorFlow.js, on the backend that whoever imports this registered.
import * as tf from '@tensorflow/tfjs-core';
import { channels, first, image, second, side } from '../../src/bundle/task.ts';

/** @returns {Promise<Float32Array>} in the order of NCHW */
export async function forward() {
  await tf.setBackend('wasm');
  await tf.ready();
  const [input, between, output] = channels;
  const y = tf.tidy(() => {
    const x = tf.transpose(tf.tensor4d(image, [1, input, side, side]), [0, 2, 3, 1]);
    const [v, w] = [
      tf.transpose(tf.tensor4d(first, [between, input, 3, 3]), [2, 3, 1, 0]),
      tf.transpose(tf.tensor4d(second, [output, between, 3, 3]), [2, 3, 1, 0]),
    ];
    return tf.transpose(tf.conv2d(tf.relu(tf.conv2d(x, v, 1, 'same')), w, 1, 'same'), [0, 3, 1, 2]);
  });
  return /** @type {Promise<Float32Array>} */ (y.data());
}
