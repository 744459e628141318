export { PyTorchState, parsePyTorch, type PyTorchOptions } from './read.ts';
