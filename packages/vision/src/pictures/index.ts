export { drawContactSheet, type ContactSheetOptions, type Panel, type Picture } from './contact-sheet.ts';
export { drawOverlay, type OverlayOptions } from './overlay.ts';
export { classColour } from './palette.ts';
export { classPalette, encodeBinaryPng, encodeProbabilityPng } from './png.ts';
