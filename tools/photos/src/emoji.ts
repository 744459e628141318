/**
 * Draws emoji of several hands as cut-outs to train on:
 *
 *     npm install --prefix PACKAGES <the packages of emoji/hands.ts>
 *     node --conditions=source --import tsx src/emoji.ts --packages PACKAGES --out CUT-OUTS [--without-scored]
 *
 * --without-scored leaves out the classes that the shipped weights are scored on.
 */
import { parseArgs } from 'node:util';
import { scoredEmoji } from './classes.ts';
import { classesOf, writeCutOuts } from './emoji/draw.ts';
import { openHands } from './emoji/hands.ts';

const {
  values: { packages, out, 'without-scored': withoutScored },
} = parseArgs({
  options: {
    packages: { type: 'string' },
    out: { type: 'string' },
    'without-scored': { type: 'boolean', default: false },
  },
});
if (packages === undefined || out === undefined) {
  console.error('--packages FOLDER (where npm installed the packages) and --out FOLDER (for the cut-outs) are needed');
  process.exit(2);
}
const { emoji, hands } = await openHands(packages);
const classes = classesOf(emoji, hands).filter(({ name }) => !withoutScored || !scoredEmoji.has(name));
await writeCutOuts(classes, hands, out, (done) => {
  if (done % 50 === 0) console.error(`${done} of ${classes.length} classes`);
});
const pictures = classes.reduce((sum, { drawings }) => sum + drawings.length, 0);
console.log(`${classes.length} classes, ${pictures} cut-outs: ${out}`);
