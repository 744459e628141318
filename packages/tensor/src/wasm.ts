export * from './backends/wasm/index.ts';
