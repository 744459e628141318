export {
  exportFunction,
  exportModule,
  type InputShapes,
  type InputTensors,
  type ModuleOptions,
  type OnnxOptions,
  type Outputs,
} from './export.ts';
export { Graph } from './graph.ts';
export { TracingBackend } from './tracing-backend.ts';
