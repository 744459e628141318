export type { Four, PerPlane, PlaneSetting, Two, Window4d, Window4dOptions } from './geometry.ts';
export { CenterPivotConv4d } from './modules/center-pivot-conv4d.ts';
export { FullConv4d } from './modules/full-conv4d.ts';
export type { Conv4dOptions } from './modules/options.ts';
export { SeparableConv4d } from './modules/separable-conv4d.ts';
export type { Conv4d, Correlation } from './shapes.ts';
export { conv4dCenterPivot, type Conv4dCenterPivotOptions } from './variants/center-pivot.ts';
export { conv4dFull, type Conv4dFullOptions } from './variants/full.ts';
export { conv4dSeparable, type Conv4dSeparableOptions } from './variants/separable.ts';
