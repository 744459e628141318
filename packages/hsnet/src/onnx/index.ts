export { exportOnnx, onnxParts, type OnnxOptions } from './export.ts';
export { hsnetLowerings } from './lowerings.ts';
