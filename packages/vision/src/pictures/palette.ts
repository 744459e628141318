import { voidIndex, type Colour } from '@hypercorr/datasets';

export const white: Colour = [255, 255, 255];
export const black: Colour = [0, 0, 0];
/** The colour of pixels that evaluation ignores. */
export const voidColour: Colour = [128, 128, 128];

/**
 * Okabe and Ito's colours (Color Universal Design, 2008), which colour-blind people can tell apart; the strongest
 * first.
 */
const distinct: readonly Colour[] = [
  [213, 94, 0],
  [0, 114, 178],
  [0, 158, 115],
  [204, 121, 167],
  [240, 228, 66],
  [86, 180, 233],
  [230, 159, 0],
];

/** The colour of a mask's index: black for background (0), grey for void (255), a colour of its own for each class. */
export function classColour(index: number): Colour {
  if (index === 0) return black;
  if (index === voidIndex) return voidColour;
  return distinct[index - 1] ?? hue(index);
}

/** Colours beyond the list: hues a golden angle apart, so that consecutive indices have very different colours. */
function hue(index: number): Colour {
  const angle = (index * 137.508) % 360;
  // HSV to RGB with saturation 0.75 and value 0.9. Each channel has its highest value at a different hue.
  const channel = (offset: number): number => {
    const k = (offset + angle / 60) % 6;
    return Math.round(255 * 0.9 * (1 - 0.75 * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}
