export { loadPyTorch, openPyTorch } from './pytorch/file.ts';
export { loadSafetensors, openSafetensors, type SafetensorsFile } from './safetensors/file.ts';
export { writeSafetensors } from './safetensors/write-file.ts';
export { openWeights, type OpenOptions, type WeightsFile } from './weights-file.ts';
