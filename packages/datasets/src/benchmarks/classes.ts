/** PASCAL VOC's classes. The class at place i has the id i, and the index i + 1 in masks. */
export const pascalClasses = [
  ...(['aeroplane', 'bicycle', 'bird', 'boat', 'bottle'] as const),
  ...(['bus', 'car', 'cat', 'chair', 'cow'] as const),
  ...(['diningtable', 'dog', 'horse', 'motorbike', 'person'] as const),
  ...(['pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor'] as const),
] as const;

/**
 * COCO's classes with COCO's own category ids, which have gaps. The class at place i has the id i in COCO-20i, and the
 * index i + 1 in masks.
 */
export const cocoCategories = [
  ...([
    [1, 'person'],
    [2, 'bicycle'],
    [3, 'car'],
    [4, 'motorcycle'],
    [5, 'airplane'],
    [6, 'bus'],
    [7, 'train'],
    [8, 'truck'],
  ] as const),
  ...([
    [9, 'boat'],
    [10, 'traffic light'],
    [11, 'fire hydrant'],
    [13, 'stop sign'],
    [14, 'parking meter'],
    [15, 'bench'],
  ] as const),
  ...([
    [16, 'bird'],
    [17, 'cat'],
    [18, 'dog'],
    [19, 'horse'],
    [20, 'sheep'],
    [21, 'cow'],
    [22, 'elephant'],
    [23, 'bear'],
  ] as const),
  ...([
    [24, 'zebra'],
    [25, 'giraffe'],
    [27, 'backpack'],
    [28, 'umbrella'],
    [31, 'handbag'],
    [32, 'tie'],
    [33, 'suitcase'],
  ] as const),
  ...([
    [34, 'frisbee'],
    [35, 'skis'],
    [36, 'snowboard'],
    [37, 'sports ball'],
    [38, 'kite'],
    [39, 'baseball bat'],
  ] as const),
  ...([
    [40, 'baseball glove'],
    [41, 'skateboard'],
    [42, 'surfboard'],
    [43, 'tennis racket'],
    [44, 'bottle'],
  ] as const),
  ...([
    [46, 'wine glass'],
    [47, 'cup'],
    [48, 'fork'],
    [49, 'knife'],
    [50, 'spoon'],
    [51, 'bowl'],
    [52, 'banana'],
  ] as const),
  ...([
    [53, 'apple'],
    [54, 'sandwich'],
    [55, 'orange'],
    [56, 'broccoli'],
    [57, 'carrot'],
    [58, 'hot dog'],
    [59, 'pizza'],
  ] as const),
  ...([
    [60, 'donut'],
    [61, 'cake'],
    [62, 'chair'],
    [63, 'couch'],
    [64, 'potted plant'],
    [65, 'bed'],
    [67, 'dining table'],
  ] as const),
  ...([
    [70, 'toilet'],
    [72, 'tv'],
    [73, 'laptop'],
    [74, 'mouse'],
    [75, 'remote'],
    [76, 'keyboard'],
    [77, 'cell phone'],
  ] as const),
  ...([
    [78, 'microwave'],
    [79, 'oven'],
    [80, 'toaster'],
    [81, 'sink'],
    [82, 'refrigerator'],
    [84, 'book'],
    [85, 'clock'],
  ] as const),
  ...([
    [86, 'vase'],
    [87, 'scissors'],
    [88, 'teddy bear'],
    [89, 'hair drier'],
    [90, 'toothbrush'],
  ] as const),
] as const;

export const cocoClasses = cocoCategories.map(([, name]) => name);
