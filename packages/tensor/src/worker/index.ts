export { connect, type ConnectOptions, type EngineWorker } from './connect.ts';
export type { Arguments, Call, CallOptions, Method, Methods, MethodsOf, Open, ResultOf, SetupOf } from './methods.ts';
export { serve } from './serve.ts';
export type { NodeWorker, PageWorker, StartedWorker } from './session.ts';
