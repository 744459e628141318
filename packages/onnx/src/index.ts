export { Graph, type Attribute, type Value } from './graph.ts';
export { TracingBackend, lowering, type Lowering } from './tracing-backend.ts';
