import {
  binaryMask,
  decodeMask,
  figureClasses,
  renderScene,
  type FigureClass,
  type Mask,
  type RgbImage,
} from '@hypercorr/datasets';
import { FormatError } from '@hypercorr/tensor';
import { readPicture } from './pictures.ts';

/** A picture; the mask of its object, where somebody marked it. */
export interface Example {
  readonly image: RgbImage;
  readonly mask?: Mask;
}

/** A kind of object, and pictures of it. */
export interface Kind {
  readonly name: string;
  /** A marked picture, and another one to look in. Each number has its own pair, which is always the same. */
  pair(index: number): Promise<{ readonly support: Example & { readonly mask: Mask }; readonly query: Example }>;
}

const everyClass = figureClasses();

/** The demo's held-out classes, which its network has not seen. */
export const heldOutClasses: readonly FigureClass[] = everyClass.filter(({ set }) => set === 'held-out');

/** The size of the pictures that the demo trains on. */
const size = 160;

function drawn(cls: FigureClass): Kind {
  const draw = (index: number): Example & { readonly mask: Mask } => {
    const { width, height, pixels, mask } = renderScene(everyClass, cls, index, { seed: 0, size });
    return { image: { width, height, data: pixels }, mask: { width, height, data: mask } };
  };
  return {
    name: cls.name,
    pair: (index) => Promise.resolve({ support: draw(2 * index), query: draw(2 * index + 1) }),
  };
}

/** Addresses of the photographs in `examples/photographs`, by their places there. */
const photographs = import.meta.glob<string>('../../../../examples/photographs/**/*.{webp,png}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const folder = '../../../../examples/photographs/';

function photographed(name: string): Kind {
  const queries = Object.keys(photographs).filter((path) => path.startsWith(`${folder}queries/${name}-`));
  return {
    name,
    async pair(index) {
      const [marked, query] = [`${folder}${name}/1`, queries[index % queries.length] ?? ''];
      return {
        support: { image: await photograph(`${marked}.webp`), mask: await maskOf(`${marked}.png`) },
        query: { image: await photograph(query) },
      };
    },
  };
}

async function photograph(path: string): Promise<RgbImage> {
  return readPicture(new File([await fetched(path)], path));
}

async function maskOf(path: string): Promise<Mask> {
  const bytes = new Uint8Array(await (await fetched(path)).arrayBuffer());
  return binaryMask(decodeMask(bytes, path), path);
}

async function fetched(path: string): Promise<Blob> {
  const url = photographs[path];
  const response = url === undefined ? undefined : await fetch(new URL(url, document.baseURI));
  if (response?.ok !== true) throw new FormatError('picture', `${path} is not beside the page`);
  return response.blob();
}

/** Photographs first, then drawn figures. */
export const kinds: readonly Kind[] = [...['windmill', 'fish'].map(photographed), ...heldOutClasses.map(drawn)];
