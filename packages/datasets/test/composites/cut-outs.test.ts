import { describe, expect, it } from 'vitest';
import { encodePng } from '../../src/index.ts';
import { cutOutsOf, findPhotographs, leaveOutClasses, openCutOuts, openDataset } from '../../src/node.ts';
import { alphaPng, squareOf, writeSquares } from '../support/cut-outs.ts';
import { testFolder } from '../support/folder.ts';
import { photograph, writeClass } from '../support/pictures.ts';

const folder = testFolder();

describe('a folder of cut-outs', () => {
  it('has pictures with alpha, photographs with masks beside them, and those with masks in a folder', async () => {
    await writeSquares(folder, { red: [255, 0, 0] }, 2);
    await writeClass(folder, 'cut-outs/beside', 2);
    await folder.write('cut-outs/beside/drawn.png', await alphaPng(squareOf([1, 2, 3], 4)));
    await writeClass(folder, 'other', 1);
    await folder.write('cut-outs/apart/images/a.png', encodePng(photograph(40, 30)));
    await folder.write('cut-outs/apart/masks/a.png', encodePng(photograph(40, 30)));
    const { name, classes } = await openCutOuts(folder.path('cut-outs'));
    const path = (file: string) => folder.path(`cut-outs/${file}`);
    expect(name).toBe('cut-outs');
    expect(classes).toEqual([
      {
        name: 'apart',
        cutOuts: [{ image: path('apart/images/a.png'), mask: path('apart/masks/a.png'), foreground: 'auto' }],
      },
      {
        name: 'beside',
        cutOuts: [
          { image: path('beside/1.jpg'), mask: path('beside/1.png'), foreground: 'auto' },
          { image: path('beside/2.jpg'), mask: path('beside/2.png'), foreground: 'auto' },
          { image: path('beside/drawn.png') },
        ],
      },
      { name: 'red', cutOuts: [{ image: path('red/1.png') }, { image: path('red/2.png') }] },
    ]);
  });

  it('is refused where something is missing', async () => {
    await folder.write('bare/a.png', await alphaPng(squareOf([1, 2, 3], 4)));
    await expect(openCutOuts(folder.path('bare'))).rejects.toThrow(
      /bare holds no class folders; cut-outs lie in <class>\/NAME.png/,
    );
    await folder.write('empty/cat/notes.txt', 'nothing');
    await expect(openCutOuts(folder.path('empty'))).rejects.toThrow(/empty\/cat holds no cut-outs: no PNG or WebP/);
    await folder.write('opaque/cat/1.png', encodePng(photograph(8, 8)));
    await expect(openCutOuts(folder.path('opaque'))).rejects.toThrow(
      /opaque\/cat\/1\.png has no alpha, which would say/,
    );
    await writeClass(folder, 'half/cat', 1);
    await folder.write('half/cat/2.jpg', 'a photograph');
    await expect(openCutOuts(folder.path('half'))).rejects.toThrow(/there is no mask 2\.png for .*half\/cat\/2\.jpg/);
    await expect(openCutOuts(folder.path('nowhere'))).rejects.toThrow(/nowhere cannot be read: there is no such file/);
  });

  it('can do without some classes, however their names are written', async () => {
    const names = ['cell-phone', 'couch', 'cow', 'Dog'];
    for (const name of names) await folder.write(`cut-outs/${name}/1.png`, await alphaPng(squareOf([1, 2, 3], 4)));
    const all = await openCutOuts(folder.path('cut-outs'));
    const left = leaveOutClasses(all, ['cell phone', 'sofa', 'dog', 'cows']);
    expect(left.classes.map(({ name }) => name)).toEqual(['cow']);
  });
});

it('the marked objects of a dataset are cut-outs, too', async () => {
  await writeClass(folder, 'data/cat', 2);
  const dataset = await openDataset({ layout: 'fss', root: folder.path('data') });
  expect(cutOutsOf(dataset).classes).toEqual([{ name: 'cat', cutOuts: dataset.classes[0]?.samples }]);
});

it('photographs for backgrounds are found in folders of folders', async () => {
  await folder.write('photos/b.jpg', 'b');
  await folder.write('photos/more/a.PNG', 'a');
  await folder.write('photos/notes.txt', 'no picture');
  expect(await findPhotographs(folder.path('photos'))).toEqual([
    folder.path('photos/b.jpg'),
    folder.path('photos/more/a.PNG'),
  ]);
  await folder.write('none/notes.txt', 'no picture');
  await expect(findPhotographs(folder.path('none'))).rejects.toThrow(/none holds no photographs/);
});
