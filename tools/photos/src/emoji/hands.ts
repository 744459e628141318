import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Somebody who drew emoji: a package, and its pictures by the emoji's names. */
export interface Hand {
  /** Names the hand's files: `noto`. */
  readonly name: string;
  readonly package: string;
  readonly version: string;
  readonly licence: string;
  /** The picture of each emoji as bytes that sharp reads: an SVG or a WebP. The keys are `plainName`s. */
  readonly pictures: ReadonlyMap<string, () => Promise<Uint8Array>>;
}

/** Packages of SVGs in Iconify's JSON, with the versions that the shipped weights were trained on. */
const iconifyHands = {
  noto: '1.2.9',
  'noto-v1': '1.2.5',
  'fluent-emoji': '1.2.7',
  'fluent-emoji-flat': '1.2.6',
  fxemoji: '1.2.2',
  twemoji: '1.2.5',
} as const;
/** The package whose names and groups are those of Unicode's CLDR. It also knows the code points. */
const namesFrom = 'noto';

/** The packages that hold the hands, for npm. */
export const packages: readonly string[] = [
  ...Object.entries(iconifyHands).map(([name, version]) => `@iconify-json/${name}@${version}`),
  '@lobehub/fluent-emoji-3d@1.1.0',
];

/** An emoji by its name in CLDR, `red-apple`, with its group. */
export interface Emoji {
  readonly name: string;
  readonly group: string;
}

/**
 * Opens the hands in a folder where npm installed their packages.
 *
 * @throws Error that names a package that is missing, and the command that installs it
 */
export async function openHands(folder: string): Promise<{ readonly emoji: readonly Emoji[]; readonly hands: Hand[] }> {
  const modules = join(folder, 'node_modules');
  const names = join(modules, '@iconify-json', namesFrom);
  const { categories } = await readJson<{ categories: Record<string, string[]> }>(join(names, 'metadata.json'), folder);
  const codes = await readJson<Record<string, string>>(join(names, 'chars.json'), folder);
  const emoji = Object.entries(categories).flatMap(([group, all]) => all.map((name) => ({ name, group })));
  const iconify = Object.keys(iconifyHands).map((name) =>
    openIconify(join(modules, '@iconify-json', name), name, folder),
  );
  return {
    emoji,
    hands: [
      ...(await Promise.all(iconify)),
      await openLobehub(join(modules, '@lobehub/fluent-emoji-3d'), codes, folder),
    ],
  };
}

interface IconifyJson {
  readonly icons: Readonly<Record<string, IconifyIcon>>;
  readonly aliases?: Readonly<Record<string, { readonly parent: string } & Partial<IconifyIcon>>>;
  readonly width?: number;
  readonly height?: number;
}

interface IconifyIcon {
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

async function openIconify(root: string, name: string, folder: string): Promise<Hand> {
  const {
    icons,
    aliases = {},
    width = 16,
    height = 16,
  } = await readJson<IconifyJson>(join(root, 'icons.json'), folder);
  const pictures = new Map<string, () => Promise<Uint8Array>>();
  const add = (icon: string, of: IconifyIcon | undefined): void => {
    const key = cldrNames.get(icon) ?? plainName(icon);
    // An icon goes before an alias of the same name.
    if (of !== undefined && !pictures.has(key)) pictures.set(key, async () => svgOf({ width, height, ...of }));
  };
  for (const [icon, of] of Object.entries(icons)) add(icon, of);
  // Aliases that turn or mirror their parent are drawings, too, but of no other hand.
  for (const [alias, { parent }] of Object.entries(aliases)) add(alias, icons[parent]);
  const { version } = await readJson<{ version: string }>(join(root, 'package.json'), folder);
  const { license } = await readJson<{ license: { spdx: string } }>(join(root, 'info.json'), folder);
  return { name, package: `@iconify-json/${name}`, version, licence: license.spdx, pictures };
}

function svgOf({ body, left = 0, top = 0, width = 16, height = 16 }: IconifyIcon): Uint8Array {
  const box = `${left} ${top} ${width} ${height}`;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${box}" width="${width}" height="${height}">${body}</svg>`,
  );
}

async function openLobehub(root: string, codes: Readonly<Record<string, string>>, folder: string): Promise<Hand> {
  const assets = join(root, 'assets');
  const files = new Map(
    (await readdir(assets).catch(missing(root, folder))).map((file) => [codeOf(file), join(assets, file)]),
  );
  const pictures = new Map<string, () => Promise<Uint8Array>>();
  for (const [code, name] of Object.entries(codes)) {
    const file = files.get(codeOf(code));
    if (file !== undefined) pictures.set(plainName(name), () => readFile(file));
  }
  const { version, license } = await readJson<{ version: string; license: string }>(join(root, 'package.json'), folder);
  return { name: 'fluent-emoji-3d', package: '@lobehub/fluent-emoji-3d', version, licence: license, pictures };
}

/** A code point, or several, without the variation selector that some names have. */
function codeOf(name: string): string {
  return name.replace(/\.webp$/, '').replaceAll('-fe0f', '');
}

/** A name without dashes, since the hands set them differently. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** fxemoji's own names of objects, and CLDR's. */
const cldrNames = new Map(
  `aubergine eggplant, bactriancamel two-hump-camel, bath bathtub, beachumbrella umbrella-on-ground, bolt nut-and-bolt,
  boot womans-boot, bouquetofflowers bouquet, bunnyside rabbit, bunny rabbit-face, catside cat, cellphone mobile-phone,
  chilipepper hot-pepper, closedmailboxlowered closed-mailbox-with-lowered-flag,
  closedmailboxraised closed-mailbox-with-raised-flag, curryandrice curry-rice, daggerknife dagger,
  darksunglasses sunglasses, dogside dog, doveofpeace dove, dragonhead dragon-face, dragonside dragon,
  dromedarycamel camel, earofmaize ear-of-corn, earofrice sheaf-of-rice, electrictorch flashlight,
  europeancastle castle, europeanpostoffice post-office, evergreen evergreen-tree, fallingleaf fallen-leaf,
  fatherchristmas santa-claus, forkknife fork-and-knife-with-plate, foxheart fox-heart, framewithpicture framed-picture,
  frontfacingchick front-facing-baby-chick, gem gem-stone, hampster hamster, handheldvideocamera video-camera,
  heels high-heeled-shoe, hocho kitchen-knife, hourglass hourglass-done, hourglassflowingsand hourglass-not-done,
  hourglassflowingsands hourglass-not-done, housebuilding house, housebuildings houses, izakayalantern red-paper-lantern,
  leftmagnifyingglass magnifying-glass-tilted-left, leopardside leopard, lock locked, lockandkey locked-with-key,
  lockwithinkpen locked-with-pen, lowerleftcrayon crayon, lowerleftfountainpen fountain-pen,
  lowerleftpaintbrush paintbrush, lowerleftpen pen, manltepiececlock mantelpiece-clock, mansshirt t-shirt,
  mensshoe mans-shoe, mouseside mouse, moyai moai, notebookdecorativecover notebook-with-decorative-cover,
  openfolder open-file-folder, openlock unlocked, openmailboxlowered open-mailbox-with-lowered-flag,
  openmailboxraised open-mailbox-with-raised-flag, opticaldisc optical-disk, outbox outbox-tray, pandaface panda,
  pigside pig, pigsnout pig-nose, pinkwallet purse, poo pile-of-poo, present wrapped-gift, printericon printer,
  racecar racing-car, rightmagnifyingglass magnifying-glass-tilted-right, sakebottleandcup sake, sandals womans-sandal,
  schoolsatchel backpack, sheep ewe, skiandskiboot skis, sliceofpizza pizza, snowmountains snow-capped-mountain,
  speaker3soundwaves speaker-high-volume, spiralcalendarpad spiral-calendar, spurtingwhale spouting-whale,
  steamlocomotive locomotive, studiomic studio-microphone, sunrays sun, tennisball tennis, tie necktie,
  tigerside tiger, toykotower tokyo-tower, videocasette videocassette, wave water-wave, whitemediumstar star,
  wolfface wolf, womansshirt womans-clothes, blackscissors scissors, blackpushpin pushpin, basketballandhoop basketball,
  rowboat person-rowing-boat, walking person-walking, running person-running, bicyclist person-biking`
    .split(',')
    .map((pair) => pair.trim().split(' '))
    .map(([own = '', cldr = '']) => [own, plainName(cldr)] as const),
);

async function readJson<T>(file: string, folder: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8').catch(missing(file, folder))) as T;
}

function missing(path: string, folder: string): (cause: unknown) => never {
  return (cause) => {
    throw new Error(
      `${path} cannot be read. Install the packages first: npm install --prefix ${folder} ${packages.join(' ')}`,
      { cause },
    );
  };
}
