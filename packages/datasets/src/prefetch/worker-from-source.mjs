// Starts the worker where this package runs from its sources, as its tests do: tsx teaches the thread TypeScript first.
// The built package starts worker.js itself.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
