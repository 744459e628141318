import { voidIndex, type Colour } from '@hypercorr/datasets';

export const white: Colour = [255, 255, 255];
export const black: Colour = [0, 0, 0];
/** What evaluation leaves out. */
export const voidColour: Colour = [128, 128, 128];

/** Okabe and Ito's colours (Color Universal Design, 2008), which the colour-blind tell apart too; the strongest first. */
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

/** Beyond the list: hues a golden angle apart, so that neighbours in number are far apart in colour. */
function hue(index: number): Colour {
  const angle = (index * 137.508) % 360;
  // HSV to RGB with saturation 0.75 and value 0.9: each channel is highest at its own place on the circle.
  const channel = (offset: number): number => {
    const k = (offset + angle / 60) % 6;
    return Math.round(255 * 0.9 * (1 - 0.75 * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}
