// Starts the worker from its source: tsx teaches the thread TypeScript first.
import { register } from 'tsx/esm/api';

register();
await import('./served.ts');
