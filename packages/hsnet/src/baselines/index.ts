export { Baselines, type BaselineResult, type ObservedEpisode, type ObservedImage } from './baselines.ts';
export { addEpisode } from './observe.ts';
