import type { AnyCommand } from '../cli/command.ts';
import { calibrateCommand } from './calibrate.ts';
import { compareCommand } from './compare.ts';
import { convertCommand } from './convert.ts';
import { datasetsCheckCommand } from './datasets-check.ts';
import { datasetsGenerateCommand } from './datasets-generate.ts';
import { datasetsSplitCommand } from './datasets-split.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { evalCommand } from './eval.ts';
import { forwardCommand } from './forward.ts';
import { inspectCommand } from './inspect.ts';
import { predictCommand } from './predict.ts';
import { teachCommand } from './teach.ts';
import { pretrainCommand } from '../tasks/pretraining.ts';
import { trainCommand } from '../tasks/few-shot.ts';

/** Every command, in the order of the help. */
export const commands: readonly AnyCommand[] = [
  demoCommand,
  trainCommand,
  evalCommand,
  calibrateCommand,
  compareCommand,
  predictCommand,
  teachCommand,
  forwardCommand,
  inspectCommand,
  convertCommand,
  datasetsGenerateCommand,
  datasetsCheckCommand,
  datasetsSplitCommand,
  pretrainCommand,
  doctorCommand,
];
