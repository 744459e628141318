import { answer } from './answer.ts';

declare const report: (value: number) => void;

report(answer);
