export { episodeBatch, type EpisodeBatch } from './episode-batch.ts';
export {
  FewShotMeter,
  episodePicture,
  fewShotFigures,
  type EpisodeView,
  type FewShotMeterOptions,
} from './few-shot-meter.ts';
export { fewShotTask, plannedFewShotTask, type FewShotSettings, type FewShotTaskOptions } from './few-shot-task.ts';
export { segmentationLoss } from './segmentation-loss.ts';
