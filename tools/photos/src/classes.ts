/**
 * Classes of caltech101-masks. Those of PASCAL VOC and COCO are left out, and drawn figures, and its 12 validation classes: weights are
 * scored on these. The classes under `validation` choose the best epoch.
 */
export const caltechClasses: Readonly<Record<'train' | 'validation', readonly string[]>> = {
  train: [
    'accordion',
    'bass',
    'brontosaurus',
    'butterfly',
    'camera',
    'chandelier',
    'crab',
    'crayfish',
    'crocodile',
    'crocodile_head',
    'dollar_bill',
    'dragonfly',
    'ewer',
    'hawksbill',
    'helicopter',
    'inline_skate',
    'kangaroo',
    'lobster',
    'lotus',
    'mayfly',
    'menorah',
    'metronome',
    'minaret',
    'octopus',
    'panda',
    'platypus',
    'revolver',
    'rhino',
    'saxophone',
    'sea_horse',
    'stapler',
    'starfish',
    'stegosaurus',
    'tick',
    'trilobite',
    'water_lilly',
    'wheelchair',
    'wrench',
  ],
  validation: ['brain', 'cannon', 'euphonium', 'headphone', 'llama', 'nautilus', 'sunflower', 'watch'],
};

/** Garments of ccp-clothing with a dozen photographs or more. Bags, purses and ties are left out: COCO has them. */
export const clothingClasses: readonly string[] = [
  'blazer',
  'blouse',
  'boots',
  'belt',
  'coat',
  'dress',
  'hair',
  'hat',
  'jacket',
  'jeans',
  'leggings',
  'loafers',
  'pants',
  'romper',
  'sandals',
  'scarf',
  'shirt',
  'shoes',
  'shorts',
  'skirt',
  'sneakers',
  'stockings',
  'suit',
  'sweater',
  'vest',
];

/**
 * Emoji that show a class of PASCAL VOC, COCO or the validation classes of caltech101-masks, or a tower: weights are scored
 * on photographs of these, so none may be drawn for them.
 */
export const scoredEmoji: ReadonlySet<string> = new Set(
  `airplane ant automobile pickup-truck police-car racing-car taxi auto-rickshaw backpack banana banjo baseball basketball bear polar-bear
  bed bicycle bird chick chicken dodo dove duck flamingo goose owl parrot peacock penguin swan turkey birthday-cake cupcake shortcake boat
  canoe ferry sailboat ship book books open-book bottle-with-popping-cork baby-bottle lotion-bottle bowl-with-spoon broccoli bus carrot cat
  chair computer-mouse couch-and-lamp cow ox cup-with-straw teacup-without-handle hot-beverage alarm-clock mantelpiece-clock timer-clock dog
  doughnut elephant fire-engine flying-disc fork-and-knife fork-and-knife-with-plate giraffe guitar hair-pick handbag purse clutch-bag horse
  hot-dog kitchen-knife kite keyboard laptop luggage briefcase mobile-phone motorcycle motor-scooter necktie person pizza potted-plant
  red-apple green-apple sandwich scissors sheep skateboard skis soccer-ball volleyball tennis rugby-ball bowling spoon stop-sign
  horizontal-traffic-light vertical-traffic-light tangerine teddy-bear television desktop-computer toilet tokyo-tower toothbrush train tram
  truck umbrella wine-glass zebra pagoda japanese-castle shinto-shrine`
    .split(/\s+/)
    .filter((name) => name !== ''),
);
