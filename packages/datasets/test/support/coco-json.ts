// Annotations like COCO's, of photographs of 4×2 pixels.

export const categories = [
  { id: 9, name: 'dog' },
  { id: 3, name: 'cat' },
  { id: 5, name: 'cow' },
];
export const images = ['a', 'b', 'c'].map((name, i) => ({
  id: 'xyz'[i],
  file_name: `${name}.jpg`,
  width: 4,
  height: 2,
}));

export const object = (image_id: unknown, category_id: unknown, segmentation: unknown, more: object = {}) => ({
  image_id,
  category_id,
  segmentation,
  ...more,
});

export const json = (annotations: readonly unknown[], more: object = {}): string =>
  JSON.stringify({ images, categories, annotations, ...more });

/** A segmentation of whole columns of a photograph of 4×2 pixels. */
export const columns = (first: number, count: number) => ({
  size: [2, 4],
  counts: [2 * first, 2 * count, 8 - 2 * first - 2 * count],
});
