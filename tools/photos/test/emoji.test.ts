import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { classOf } from '../src/emoji/classes.ts';
import { classesOf, writeCutOuts } from '../src/emoji/draw.ts';
import { openHands } from '../src/emoji/hands.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emoji-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

const json = (path: string, content: unknown): Promise<void> => write(path, JSON.stringify(content));

/** A rectangle, twice as wide as it is high. */
const body = '<rect x="2" y="4" width="8" height="4" fill="#f00"/>';

/** Seven packages as npm installs them. The first draws all four emoji, the others some. */
async function writePackages(): Promise<void> {
  const drawn = {
    noto: ['cat', 'cat-face', 'rare', 'one-oclock'],
    'noto-v1': ['cat', 'cat-face', 'rare', 'one-oclock'],
    'fluent-emoji': ['cat', 'one-oclock'],
    'fluent-emoji-flat': ['cat-face', 'one-oclock'],
    fxemoji: ['catside'],
    twemoji: [],
  };
  for (const [name, icons] of Object.entries(drawn)) {
    const root = `node_modules/@iconify-json/${name}`;
    await json(`${root}/icons.json`, {
      icons: Object.fromEntries(icons.map((icon) => [icon, { body }])),
      aliases: name === 'twemoji' ? { cat: { parent: 'gone' } } : {},
      width: 16,
      height: 16,
    });
    await json(`${root}/package.json`, { version: '1.2.3' });
    await json(`${root}/info.json`, { license: { spdx: 'Apache-2.0' } });
  }
  await json('node_modules/@iconify-json/noto/metadata.json', {
    categories: { 'Animals & Nature': ['cat', 'cat-face', 'rare'], 'Travel & Places': ['one-oclock'] },
  });
  await json('node_modules/@iconify-json/noto/chars.json', { '1f408': 'cat', '1f431': 'cat-face' });
  const webp = await sharp({ create: { width: 8, height: 8, channels: 4, background: '#00f' } })
    .webp()
    .toBuffer();
  await write('node_modules/@lobehub/fluent-emoji-3d/assets/1f408-fe0f.webp', webp);
  await json('node_modules/@lobehub/fluent-emoji-3d/package.json', { version: '1.1.0', license: 'MIT' });
}

describe('emoji', () => {
  test('of one kind that four hands drew become a class of trimmed cut-outs, with a record of the hands', async () => {
    await writePackages();
    const { emoji, hands } = await openHands(folder);
    const classes = classesOf(emoji, hands);
    expect(classes.map(({ name, drawings }) => [name, drawings.map(({ file }) => file)])).toEqual([
      [
        'cat',
        [
          'noto.png',
          'noto-v1.png',
          'fluent-emoji.png',
          'fxemoji.png',
          'fluent-emoji-3d.png',
          'noto-cat-face.png',
          'noto-v1-cat-face.png',
          'fluent-emoji-flat-cat-face.png',
        ],
      ],
    ]);
    const out = join(folder, 'out');
    await writeCutOuts(classes, hands, out, () => undefined);
    expect((await readdir(join(out, 'cat'))).length).toBe(8);
    const { data, info } = await sharp(join(out, 'cat/noto.png')).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([256, 128, 4]);
    const middle = 4 * (64 * 256 + 128);
    expect([...data.subarray(middle, middle + 4)]).toEqual([255, 0, 0, 255]);
    const record: unknown = JSON.parse(await readFile(join(out, 'emoji.json'), 'utf8'));
    expect(record).toMatchObject({
      hands: expect.arrayContaining([
        { name: 'noto', package: '@iconify-json/noto', version: '1.2.3', licence: 'Apache-2.0' },
        { name: 'fluent-emoji-3d', package: '@lobehub/fluent-emoji-3d', version: '1.1.0', licence: 'MIT' },
      ]),
      classes: { cat: expect.arrayContaining([{ file: 'noto-cat-face.png', emoji: 'cat-face', hand: 'noto' }]) },
    });
  });

  test('need their packages: the error says which command installs them', async () => {
    await expect(openHands(folder)).rejects.toThrow(
      /noto.metadata\.json cannot be read\. Install the packages first: npm install --prefix .*@iconify-json\/noto@[\d.]+ .*@lobehub\/fluent-emoji-3d@[\d.]+/,
    );
  });

  test.each([
    ['red-apple', 'Food & Drink', 'red-apple'],
    ['black-cat', 'Animals & Nature', 'cat'],
    ['woman-running', 'People & Body', 'person'],
    ['ear', 'People & Body', 'ear'],
    ['thumbs-up', 'People & Body', undefined],
    ['two-thirty', 'Travel & Places', undefined],
    ['heart-suit', 'Activities', undefined],
    ['grinning-face', 'Smileys & Emotion', undefined],
    ['atm-sign', 'Symbols', undefined],
  ])('%s of %s is of class %s', (emoji, group, ofClass) => {
    expect(classOf(emoji, group)).toBe(ofClass);
  });
});
