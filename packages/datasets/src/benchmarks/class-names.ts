/** COCO's names for the classes that PASCAL VOC names differently. COCO has all twenty of VOC's classes. */
const cocoNames: Readonly<Record<string, string>> = {
  aeroplane: 'airplane',
  diningtable: 'dining table',
  motorbike: 'motorcycle',
  pottedplant: 'potted plant',
  sofa: 'couch',
  tvmonitor: 'tv',
};

/**
 * Whether two datasets mean the same class by these names: PASCAL VOC's `sofa` is COCO's `couch`, and `cell-phone`, `Cell Phone`
 * and `cell_phone` are one, however accents are spelt.
 */
export function isSameClass(a: string, b: string): boolean {
  const [plainA, plainB] = [plain(a), plain(b)];
  return (cocoNames[plainA] ?? plainA) === (cocoNames[plainB] ?? plainB);
}

function plain(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[-_ ]+/g, ' ');
}
