/**
 * Which emoji make which class of objects. Emoji are named as in Unicode's CLDR, with dashes: `red-apple`.
 *
 * Left out are signs, letters, clock faces, hearts, moods of faces, gestures and professions, flags, weather, and square
 * pictures of scenes: they have no shape that a photograph shows. Emoji of one kind of object make one class, since a class must not
 * be a distractor of its own kind: `cat-face` and `black-cat` are drawings of `cat`.
 */

/** The groups of Unicode whose emoji are objects, unless they are left out below. */
export const objectGroups = ['Activities', 'Animals & Nature', 'Food & Drink', 'Objects', 'Travel & Places'] as const;

/** Emoji of other groups that are objects. */
export const otherObjects: readonly string[] = words(`
  alien alien-monster anatomical-heart bone brain ear eye foot ghost hole kiss-mark leg love-letter mouth nose pile-of-poo raised-hand
  raised-fist robot skull tongue tooth victory-hand`);

/** Emoji of the object groups that are no objects: signs, scenes, weather, faces of clocks and moons. */
const leftOut = new Set(
  words(`
  bar-chart bell-with-slash beach-with-umbrella bridge-at-night bubbles building-construction camping chart-decreasing chart-increasing
  chart-increasing-with-yen cityscape cityscape-at-dusk cloud-with-lightning cloud-with-lightning-and-rain cloud-with-rain
  cloud-with-snow club-suit construction cyclone desert desert-island diamond-suit drop-of-blood e-mail first-quarter-moon
  first-quarter-moon-face fireworks fog foggy full-moon-face globe-with-meridians heart-suit high-voltage hot-springs
  last-quarter-moon last-quarter-moon-face leaf-fluttering-in-wind level-slider love-hotel map-of-japan milky-way moon-viewing-ceremony
  motorway mountain-cableway mountain-railway musical-note musical-notes musical-score muted-speaker national-park new-moon new-moon-face
  night-with-stars passenger-ship pouring-liquid railway-track rainbow seat small-airplane snowflake spade-suit sparkler sparkles sunrise
  sunrise-over-mountains sunset sun-behind-cloud sun-behind-large-cloud sun-behind-rain-cloud sun-behind-small-cloud sun-with-face
  suspension-railway tornado umbrella-on-ground umbrella-with-rain-drops volcano waning-crescent-moon waning-gibbous-moon water-pistol
  water-wave waxing-crescent-moon waxing-gibbous-moon wind-face world-map x-ray aerial-tramway stadium station window mount-fuji
  fish-cake-with-swirl milky-way`),
);
const leftOutPattern = /-oclock$|-thirty$/;

/** Emoji of one kind of object: the class, then the emoji that are drawings of it. */
const kinds: readonly (readonly string[])[] = `
  airplane airplane-arrival airplane-departure
  automobile oncoming-automobile sport-utility-vehicle
  banknote dollar-banknote euro-banknote pound-banknote yen-banknote
  battery low-battery
  bird black-bird eagle
  boat speedboat motor-boat
  book blue-book closed-book green-book orange-book notebook-with-decorative-cover
  open-book notebook
  bus oncoming-bus trolleybus minibus
  calendar tear-off-calendar spiral-calendar
  camel two-hump-camel
  camera camera-with-flash
  cat cat-face black-cat
  chain link chains broken-chain
  chick baby-chick front-facing-baby-chick hatching-chick
  compact-disc optical-disk dvd computer-disk
  cow cow-face
  deciduous-tree leafless-tree
  dog dog-face guide-dog service-dog poodle
  dolphin orca
  dragon dragon-face
  egg nest-with-eggs empty-nest
  envelope incoming-envelope envelope-with-arrow
  fish tropical-fish
  folder file-folder open-file-folder card-index-dividers
  four-leaf-clover shamrock
  globe globe-showing-americas globe-showing-asia-australia globe-showing-europe-africa
  glasses goggles sunglasses
  hammer hammer-and-pick hammer-and-wrench
  horse horse-face
  hourglass hourglass-done hourglass-not-done
  house house-with-garden houses derelict-house
  key old-key
  lock locked unlocked locked-with-key locked-with-pen
  loudspeaker speaker-high-volume speaker-low-volume speaker-medium-volume
  magnifying-glass magnifying-glass-tilted-left magnifying-glass-tilted-right
  mailbox closed-mailbox-with-lowered-flag closed-mailbox-with-raised-flag open-mailbox-with-lowered-flag open-mailbox-with-raised-flag
  medal 1st-place-medal 2nd-place-medal 3rd-place-medal sports-medal military-medal
  mobile-phone mobile-phone-with-arrow
  monkey monkey-face
  moon crescent-moon full-moon
  mountain snow-capped-mountain
  mouse mouse-face rat
  mushroom brown-mushroom
  office-building bank hospital hotel school post-office japanese-post-office convenience-store department-store
  page page-facing-up page-with-curl bookmark-tabs
  paperclip linked-paperclips
  pig pig-face boar
  police-car oncoming-police-car
  pushpin round-pushpin
  rabbit rabbit-face
  receipt ledger
  satellite-antenna
  sheep ewe ram
  snowman snowman-without-snow
  star glowing-star
  taxi oncoming-taxi
  ticket admission-tickets
  tiger tiger-face
  train high-speed-train bullet-train metro light-rail locomotive railway-car
  tram tram-car monorail
  tray inbox-tray outbox-tray
  truck delivery-truck articulated-lorry
  umbrella closed-umbrella
  wheelchair manual-wheelchair motorized-wheelchair
  whale spouting-whale
  beer beer-mug clinking-beer-mugs
  champagne clinking-glasses
  chicken rooster
  ox water-buffalo bison
  shirt t-shirt running-shirt
  baseball softball
  rugby-ball american-football rugby-football`
  .trim()
  .split('\n')
  .map(words);

/** People are one class: what they do and how they look does not matter, as in photographs. */
const person =
  /^(man|woman|person|boy|girl|child|old-man|old-woman|santa-claus|astronaut|cook|farmer|firefighter|guard|health-worker|police-officer|princess|student)$|^(man|woman|person)-(walking|running|standing|dancing|biking|climbing|cook|farmer|firefighter|guard|health-worker|mechanic|police-officer|scientist|singer|student|teacher|technologist|raising-hand|tipping-hand|shrugging|in-tuxedo|kneeling|superhero|bouncing-ball|lifting-weights)$/;

const kindOf = new Map(kinds.flatMap((names) => names.map((name) => [name, names[0] ?? name] as const)));

/** The class that an emoji is a drawing of; undefined for one that is left out. */
export function classOf(emoji: string, group: string): string | undefined {
  if (person.test(emoji)) return 'person';
  if (leftOut.has(emoji) || leftOutPattern.test(emoji)) return undefined;
  if (!objectGroups.some((each) => each === group) && !otherObjects.includes(emoji)) return undefined;
  return kindOf.get(emoji) ?? emoji;
}

function words(list: string): string[] {
  return list.split(/\s+/).filter((word) => word !== '');
}
