#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error('hypercorr: it is not built yet; run npm start or npm test first, which builds it');
  process.exitCode = 1;
}
