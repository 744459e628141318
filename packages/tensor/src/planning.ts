export { planningBackend, type PlannedOp } from './backends/planning.ts';
