/** PASCAL VOC's names of classes that COCO calls otherwise; all twenty are in COCO, too. */
const cocoNames: Readonly<Record<string, string>> = {
  aeroplane: 'airplane',
  diningtable: 'dining table',
  motorbike: 'motorcycle',
  pottedplant: 'potted plant',
  sofa: 'couch',
  tvmonitor: 'tv',
};

/** Whether two datasets mean the same things by these names: PASCAL VOC's `sofa` is COCO's `couch`. */
export function isSameClass(a: string, b: string): boolean {
  return (cocoNames[a] ?? a) === (cocoNames[b] ?? b);
}
