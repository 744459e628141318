import type { Mask, RgbImage, Size } from '../image/image.ts';
import { clear, develop, fillWith, maskOf, paste, type Canvas, type Pose } from './canvas.ts';
import { afterwards, colourMatrix, type ColourMatrix } from './colouring.ts';
import type { Background, CompositePicture, Layer } from './plan-composite.ts';
import { halved, halvedPhotograph, longerSide, type Texture } from './texture.ts';

/** How much of the asked objects has to stay visible behind others, and how much of the picture they have to cover. */
const leastVisible = 0.4;
const leastShare = 0.001;
const mostAttempts = 8;
/** A cut-out is drawn at most this many times larger than it was read. */
const mostEnlarged = 1.5;

/** A composite and the mask of the asked objects as far as they are visible. */
export interface Composite {
  readonly image: RgbImage;
  readonly mask: Mask;
}

/**
 * Composes a picture. If too little of the asked objects is visible, they come to the front, grow and move inwards until
 * there is enough.
 *
 * @param textures one for each layer
 * @param canvas has the picture's size; what it held is lost
 */
export function compose(
  picture: CompositePicture,
  textures: readonly Texture[],
  background: RgbImage,
  canvas: Canvas,
): Composite {
  let pasted = picture.layers.flatMap((layer, i) => {
    const texture = textures[i];
    return texture === undefined ? [] : [{ layer, texture }];
  });
  for (let attempt = 1; ; attempt += 1) {
    draw({ ...picture, pasted }, background, canvas);
    const mask = maskOf(canvas, canvas.visible);
    if (attempt === mostAttempts || isEnough(canvas, mask))
      return { image: develop(canvas, picture.grain, picture.seed), mask };
    pasted = [
      ...pasted.filter(({ layer }) => !layer.asked),
      ...pasted.filter(({ layer }) => layer.asked).map((each) => ({ ...each, layer: easier(each.layer) })),
    ];
  }
}

function isEnough({ width, height, alone }: Canvas, { data }: Mask): boolean {
  let [visible, all] = [0, 0];
  for (let i = 0; i < data.length; i += 1) {
    visible += data[i] ?? 0;
    if ((alone[i] ?? 0) >= 0.5) all += 1;
  }
  return visible >= leastVisible * all && visible >= leastShare * width * height;
}

function easier(layer: Layer): Layer {
  return { ...layer, scale: Math.min(0.9, 1.3 * layer.scale), x: (layer.x + 0.5) / 2, y: (layer.y + 0.5) / 2 };
}

interface Pasted {
  readonly layer: Layer;
  readonly texture: Texture;
}

function draw(
  {
    background: of,
    colours,
    pasted,
  }: Pick<CompositePicture, 'background' | 'colours'> & { readonly pasted: readonly Pasted[] },
  background: RgbImage,
  canvas: Canvas,
): void {
  clear(canvas);
  const whole = colourMatrix(colours);
  drawBackground(canvas, of, background, whole);
  const side = Math.sqrt(canvas.width * canvas.height);
  for (const { layer, texture } of pasted) {
    const pose = poseOf(layer, texture, canvas, side);
    if (layer.shadow !== undefined) {
      const { x, y, strength } = layer.shadow;
      const soft = halved(halved(texture));
      const grown = {
        across: (pose.across * longerSide(texture)) / longerSide(soft),
        down: (pose.down * longerSide(texture)) / longerSide(soft),
      };
      paste(
        canvas,
        darkness(soft, strength),
        { ...pose, ...grown, x: pose.x + x * side, y: pose.y + y * side },
        black,
        'shadow',
      );
    }
    paste(canvas, texture, pose, afterwards(colourMatrix(layer.colours), whole), layer.asked ? 'object' : 'other');
  }
}

const black: ColourMatrix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** A texture with less alpha; its colours do not matter. */
function darkness(texture: Texture, strength: number): Texture {
  return { ...texture, data: texture.data.map((value) => strength * value) };
}

function poseOf({ x, y, scale, stretch, angle, mirrored }: Layer, texture: Texture, size: Size, side: number): Pose {
  const length = Math.min(scale * side, mostEnlarged * texture.fullSide) / longerSide(texture);
  const wider = Math.sqrt(stretch);
  return {
    x: x * size.width,
    y: y * size.height,
    across: (mirrored ? -1 : 1) * length * wider,
    down: length / wider,
    angle,
  };
}

function drawBackground(canvas: Canvas, of: Background, background: RgbImage, matrix: ColourMatrix): void {
  const { width, height } = canvas;
  const { zoom, x, y, mirrored } = of.kind === 'photograph' ? of : { zoom: 1, x: 0.5, y: 0.5, mirrored: false };
  const pixel = zoom * Math.min(background.width / width, background.height / height);
  // Bilinear sampling reads every pixel only while there are about as many as in the picture.
  if (pixel > 1.5) {
    drawBackground(canvas, of, halvedPhotograph(background), matrix);
    return;
  }
  const crop = { width: pixel * width, height: pixel * height };
  const place = { left: x * (background.width - crop.width), top: y * (background.height - crop.height) };
  fillWith(canvas, background, { ...crop, ...place }, mirrored, matrix);
}
