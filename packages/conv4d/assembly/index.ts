export * from './conv4d';
export * from './conv4d-weight-gradient';
export * from './winograd';
export * from './winograd5-weights';
export * from './winograd-gradient';
export * from './toeplitz';
export * from './windows';
export * from './windows-gradient';
