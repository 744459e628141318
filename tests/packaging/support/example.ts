import { copyFile, mkdir, readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { applyBlock, guideBlocks, type GuideBlock } from './guide.ts';
import { root } from './root.ts';

/** An example of docs/examples: a document whose blocks, in their order, are a program and what it prints. */
export interface Example {
  /** `01-first-tensor` */
  readonly name: string;
  /** Blocks that are files, or go on with one: ` ```ts file=main.ts `, ` ```ts file=main.ts append `. */
  readonly blocks: readonly GuideBlock[];
  /** Command lines to run before the program (` ```sh `). */
  readonly commands: readonly string[];
  /** What main.ts prints, all blocks ` ```text output ` together. */
  readonly output: string;
  /** Lines that do not compile behind main.ts (` ```ts refused `), each with the message that it shows (` ```text error `). */
  readonly refused: readonly { readonly line: string; readonly message: string }[];
}

const folder = join(root, 'docs/examples');
const weights = join(root, 'apps/trainer/weights/tiny.safetensors');

/** The examples, in the order of their numbers. */
export async function readExamples(): Promise<Example[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.md')).toSorted();
  return Promise.all(
    names.map(async (name) => parseExample(name.replace(/\.md$/, ''), await readFile(join(folder, name), 'utf8'))),
  );
}

export function parseExample(name: string, markdown: string): Example {
  const texts = (info: string): string[] =>
    Array.from(markdown.matchAll(new RegExp(`^\`\`\`${info}\n(.*?)^\`\`\`$`, 'gms')), ([, text = '']) => text);
  const lines = texts('ts refused');
  const messages = texts('text error');
  if (lines.length !== messages.length)
    throw new Error(`${name} refuses ${lines.length} lines, and shows ${messages.length} errors`);
  return {
    name,
    blocks: guideBlocks(markdown),
    commands: texts('sh').flatMap((text) => text.trim().split('\n')),
    output: texts('text output').join(''),
    refused: lines.map((line, i) => ({ line, message: messages[i]?.trim() ?? '' })),
  };
}

/** Writes an example's files into a folder, which is made; the weights that its program reads are laid beside it. */
export async function writeExample({ blocks }: Example, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const block of blocks)
    await applyBlock(target, block.place === 'append' ? { ...block, text: `\n${block.text}` } : block);
  if (blocks.some(({ text }) => text.includes(`'${basename(weights)}'`)))
    await copyFile(weights, join(target, basename(weights)));
}
