import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resizeBilinear } from '@hypercorr/datasets';
import { readImage, readMask } from '@hypercorr/datasets/node';
import { Conv2d, parseTFLite } from '@hypercorr/nn';
import {
  clamp,
  conv2d,
  noGrad,
  permute,
  readSync,
  reshape,
  scope,
  sigmoid,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import { convSame } from '../src/backbones/mobilenet-v2.ts';
import { createBackbone, imageBatch, loadBackboneWeights, type FeatureMap } from '../src/index.ts';
import { readPackagedBackbone } from '../src/node.ts';
import { detector } from '../src/weights/detector.ts';
import { useEngine } from './support/engines.ts';

/**
 * The detector whose backbone `mobilenetv2` is: SSD (Liu et al., ECCV 2016) on six feature maps of 300×300 pixels. That it finds
 * a person and a car says that the file is decoded as its authors meant it, from the first layer to the last.
 */
const engine = useEngine('wasm');
const photographs = new URL('../../../../shared/data/voc-sample/VOC2012/JPEGImages/', import.meta.url);
const side = 300;

/** Sizes of default boxes, as shares of the image: linear from 0.2 to 0.95, and one more for the last map's extra box. */
const scales = [0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1];
/** Width / height. */
const ratios = [1, 2, 1 / 2, 3, 1 / 3];

interface Box {
  readonly label: string;
  readonly score: number;
  /** Shares of the image's height and width. */
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Widths and heights of the default boxes at each place of a map. */
function defaultBoxes(map: number): readonly (readonly [number, number])[] {
  const [scale = 0, next = 0] = scales.slice(map);
  if (map === 0) return [[0.1, 0.1], ...[2, 1 / 2].map((ratio) => boxOf(scale, ratio))];
  return [...ratios.map((ratio) => boxOf(scale, ratio)), boxOf(Math.sqrt(scale * next), 1)];
}

function boxOf(scale: number, ratio: number): readonly [number, number] {
  return [scale * Math.sqrt(ratio), scale / Math.sqrt(ratio)];
}

async function detect(file: URL): Promise<readonly Box[]> {
  const packed = await readFile(createRequire(import.meta.url).resolve(detector.file));
  const labels = packed.subarray(0, detector.begin).toString('latin1').trim().split('\n');
  const model = parseTFLite(packed.subarray(detector.begin, detector.end));
  const weights = await readPackagedBackbone('mobilenetv2');
  const image = resizeBilinear(await readImage(file.pathname), { width: side, height: side });
  const boxes: Box[] = [];
  noGrad(() =>
    scope(() => {
      const on = { engine: engine() };
      using backbone = createBackbone('mobilenetv2', { key: null, ...on });
      loadBackboneWeights(backbone, weights.tensors(on));
      const constant = (place: string, rank: number): Tensor<Shape, 'float32'> => {
        const name = [...model.entries.keys()].find(
          (each) => each.startsWith(place) && model.entries.get(each)?.shape.length === rank,
        );
        const raw = model.tensor(name ?? expect.fail(`there is no ${place}`), on);
        return (rank === 4 ? permute(raw, [0, 3, 1, 2]) : raw) as Tensor<Shape, 'float32'>;
      };
      const conv = (x: FeatureMap, weight: Tensor<Shape, 'float32'>, bias: Tensor<Shape, 'float32'>): FeatureMap =>
        conv2d(x, weight as FeatureMap, { bias: bias as Tensor<readonly [number], 'float32'> }) as FeatureMap;
      const relu6 = (x: FeatureMap): FeatureMap => clamp(x, 0, 6);
      const [before, last] = backbone.features(imageBatch([image], on), ['expanded_conv_12', 'Conv_1']);
      if (before === undefined || last === undefined) throw new Error('the backbone has other taps');
      const state = backbone.stateDict();
      const expand = (part: string) => state[`expanded_conv_13.expand.${part}`] as Tensor<Shape, 'float32'>;
      const maps = [relu6(conv(before, expand('weight'), expand('bias'))), last];
      for (const extra of ['2', '3', '4', '5']) {
        const layer = (part: string): string => `FeatureExtractor/MobilenetV2/layer_19_${part}`;
        const narrow = ['1x1_256', '1x1_128', '1x1_128', '1x1_64'][Number(extra) - 2];
        const wide = ['3x3_s2_512', '3x3_s2_256', '3x3_s2_256', '3x3_s2_128'][Number(extra) - 2];
        const first = `${layer(`1_Conv2d_${extra}_${narrow}`)}/`;
        const second = `${layer(`2_Conv2d_${extra}_${wide}`)}/`;
        const narrowed = relu6(conv(maps.at(-1) ?? last, constant(`${first}Conv2D`, 4), constant(`${first}Batch`, 1)));
        const weight = constant(`${second}Conv2D`, 4);
        const [outChannels = 0, inChannels = 0] = weight.shape;
        using strided = new Conv2d({ inChannels, outChannels, kernel: 3, stride: 2, padding: 1, key: null, ...on });
        strided.loadStateDict({ weight, bias: constant(`${second}Batch`, 1) });
        maps.push(relu6(convSame(strided, narrowed)));
      }
      for (const [i, map] of maps.entries()) {
        const head = (kind: string): FeatureMap =>
          conv(map, constant(`BoxPredictor_${i}/${kind}/Conv2D`, 4), constant(`BoxPredictor_${i}/${kind}/BiasAdd`, 1));
        const [, , height, width] = map.shape;
        const kinds = defaultBoxes(i);
        const rows = (x: FeatureMap) =>
          readSync(reshape(permute(x, [0, 2, 3, 1]), [height * width * kinds.length, x.shape[1] / kinds.length]));
        const [codes, scores] = [rows(head('BoxEncodingPredictor')), rows(sigmoid(head('ClassPredictor')))];
        for (let place = 0; place < height * width * kinds.length; place += 1) {
          const [w, h] = kinds[place % kinds.length] ?? [0, 0];
          const cell = Math.floor(place / kinds.length);
          const [cy, cx] = [(Math.floor(cell / width) + 0.5) / height, ((cell % width) + 0.5) / width];
          const [dy = 0, dx = 0, dh = 0, dw = 0] = codes.slice(4 * place, 4 * place + 4);
          const [y, x] = [cy + (dy / 10) * h, cx + (dx / 10) * w];
          const [tall, broad] = [h * Math.exp(dh / 5), w * Math.exp(dw / 5)];
          // Class 0 is the background.
          for (let label = 1; label < labels.length; label += 1) {
            const score = scores[place * labels.length + label] ?? 0;
            if (score < 0.3) continue;
            boxes.push({
              label: labels[label] ?? '',
              score,
              top: y - tall / 2,
              left: x - broad / 2,
              bottom: y + tall / 2,
              right: x + broad / 2,
            });
          }
        }
      }
    }),
  );
  return boxes.toSorted((a, b) => b.score - a.score);
}

const best = (boxes: readonly Box[], label: string): Box =>
  boxes.find((box) => box.label === label) ?? expect.fail(`there is no ${label}`);

/** How much of a class of PASCAL's masks lies in a box, and how much of the box is of that class. */
async function overlap(name: string, index: number, box: Box): Promise<readonly [inside: number, filled: number]> {
  const { mask } = await readMask(new URL(`../SegmentationClassAug/${name}.png`, photographs).pathname, index);
  const { width, height, data } = mask;
  const isIn = (i: number): boolean => {
    const [y, x] = [Math.floor(i / width) / height, (i % width) / width];
    return y >= box.top && y < box.bottom && x >= box.left && x < box.right;
  };
  const ofClass = [...data.keys()].filter((i) => data[i] === 1);
  const both = ofClass.filter(isIn).length;
  return [both / ofClass.length, both / [...data.keys()].filter(isIn).length];
}

test.skipIf(!existsSync(photographs))('finds a person, shoes and a car where they are', async () => {
  const street = await detect(new URL('2011_000003.jpg', photographs));
  const [person, shoes] = [best(street, 'Person'), best(street, 'Footwear')];
  const car = best(await detect(new URL('2011_000025.jpg', photographs)), 'Car');
  // As the detector scores them in another program.
  for (const [{ score }, theirs] of [
    [person, 0.56],
    [shoes, 0.55],
    [car, 0.44],
  ] as const)
    expect(Math.abs(score - theirs)).toBeLessThan(0.03);
  // The street shows two people, and the detector's surest box is one of them.
  const [, ofPerson] = await overlap('2011_000003', 15, person);
  expect(ofPerson).toBeGreaterThan(0.5);
  const [ofCar, filledByCar] = await overlap('2011_000025', 7, car);
  expect(ofCar).toBeGreaterThan(0.9);
  expect(filledByCar).toBeGreaterThan(0.7);
  // Shoes are at the person's feet.
  expect(shoes.top).toBeGreaterThan(person.top + 0.7 * (person.bottom - person.top));
  expect(shoes.left).toBeGreaterThan(person.left);
  expect(shoes.right).toBeLessThan(person.right);
});
