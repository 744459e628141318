export * from './correlate';
export * from './units';
