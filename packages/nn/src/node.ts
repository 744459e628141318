export { loadSafetensors, openSafetensors, type SafetensorsFile } from './safetensors/file.ts';
export { writeSafetensors } from './safetensors/write-file.ts';
