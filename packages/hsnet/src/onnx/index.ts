export { exportOnnx, onnxParts, type OnnxOptions } from './export.ts';
