import { basename, dirname, extname, join, resolve } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import { listFolder } from '../files/list-folder.ts';
import { apartFolders, pairApart, pairBeside, unreadPhotograph } from './pair-files.ts';
import { stray, type ScannedClass, type ScannedFolder } from './scanned.ts';

/** Layouts with a folder for each class. */
type FolderLayout = 'fss' | 'folder';

/**
 * Scans a dataset's folders without opening pictures. @throws FormatError for a root that cannot be read, or has no
 * class folders
 */
export async function scanFolder(root: string, layout: FolderLayout): Promise<ScannedFolder> {
  const scanned = await scanClasses(root, layout);
  if (hasSamples(scanned)) return scanned;
  // A single class needs no folder of its own.
  const only = layout === 'folder' && apartFolders((await listFolder(root)).folders) !== undefined;
  const single = only ? await scanClass(root, basename(resolve(root)), layout) : undefined;
  if (single !== undefined && single.samples.length > 0) return { classes: [single], strays: [] };
  throw new FormatError(
    'dataset',
    `${root} holds no class folders with photographs and masks; ${expected(layout)}${await hint(root, layout, scanned)}`,
  );
}

async function scanClasses(root: string, layout: FolderLayout): Promise<ScannedFolder> {
  const { folders, files } = await listFolder(root);
  const classes: ScannedClass[] = [];
  const strays = files.map((file) => stray(join(root, file)));
  for (const name of folders) {
    const scanned = await scanClass(join(root, name), name, layout);
    if (scanned === undefined)
      strays.push(stray(join(root, name), 'this folder holds no photographs, so it is no class'));
    else classes.push(scanned);
  }
  return { classes, strays };
}

function hasSamples({ classes }: ScannedFolder): boolean {
  return classes.some(({ samples }) => samples.length > 0);
}

function expected(layout: FolderLayout): string {
  const fss = 'FSS-1000 has <class>/1.jpg beside <class>/1.png';
  return layout === 'fss'
    ? fss
    : `it should have <class>/images/NAME.jpg and <class>/masks/NAME.png; ${fss}, which works too`;
}

/**
 * Hints for a root without class folders: its photographs may be of an unreadable kind, an archive may have unpacked to
 * a folder in a folder, or the root may be a class's folder.
 */
async function hint(root: string, layout: FolderLayout, scanned: ScannedFolder): Promise<string> {
  const ofClass = await scanClass(root, '', layout);
  if (ofClass !== undefined && ofClass.samples.length > 0)
    return `. It looks like a class folder: the dataset may be ${dirname(resolve(root))}`;
  const { folders } = await listFolder(root);
  const unread = unreadPhotograph(scanned.classes.flatMap(({ strays }) => strays));
  if (unread !== '') return unread;
  for (const name of folders.slice(0, 3)) {
    if (hasSamples(await scanClasses(join(root, name), layout)))
      return `. ${join(root, name)} has them: is that the dataset?`;
  }
  return unpairedHint(scanned);
}

/** A photograph and a mask that do not belong together by their names, as an example. */
function unpairedHint({ classes }: ScannedFolder): string {
  const strays = classes.flatMap((each) => each.strays);
  const photograph = strays.find(({ kind }) => kind === 'missing-mask')?.file;
  const mask = strays.find(({ kind }) => kind === 'missing-image')?.file;
  if (photograph === undefined || mask === undefined) return '';
  const wanted = `${basename(photograph, extname(photograph))}.png`;
  const why = labelStudioMask.test(basename(mask))
    ? '. Label Studio names masks by tasks, and not by photographs: its JSON export says which is which'
    : '';
  return `. The mask of ${photograph} should be called ${wanted}; one is called ${basename(mask)}${why}`;
}

/** What Label Studio calls the masks that were drawn with its brush. */
const labelStudioMask = /^task-\d+-annotation-\d+/;

/** A class folder's content; undefined for a folder without photographs and masks. */
async function scanClass(folder: string, name: string, layout: FolderLayout): Promise<ScannedClass | undefined> {
  const inside = await listFolder(folder);
  const apart = layout === 'folder' ? apartFolders(inside.folders) : undefined;
  const files = inside.files.map((file) => join(folder, file));
  const { samples, strays, pictures } =
    apart !== undefined
      ? await pairApart(folder, apart)
      : layout === 'fss'
        ? pairBeside(files, 'binary', { exact: true })
        : pairBeside(files, 'auto');
  if (pictures === 0) return undefined;
  const left =
    apart === undefined
      ? inside.folders
      : [...inside.files, ...inside.folders.filter((each) => each !== apart.images && each !== apart.masks)];
  return { name, folder, samples, strays: [...strays, ...left.map((each) => stray(join(folder, each)))] };
}
