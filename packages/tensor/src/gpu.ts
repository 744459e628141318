export * from './backends/gpu/index.ts';
