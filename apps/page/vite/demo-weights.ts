import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Connect, Plugin } from 'vite';
import { numberedFolders } from '../../../packages/train/src/run/numbered-folders.ts';

/** Where the page looks for the weights that `npm start` leaves. */
export const demoWeightsUrl = '/weights/demo.safetensors';

/**
 * Serves the newest demo's weights beside the page, from where the demo left them: they are too large to be committed or
 * copied. Without any, the page gets an honest 404.
 *
 * @param folder where demos leave their results: `runs/demo`, or with a number behind it
 */
export function demoWeights(folder: string): Plugin {
  const serve: Connect.NextHandleFunction = (request, response, next) => {
    if (request.url?.split('?')[0] !== demoWeightsUrl) {
      next();
      return;
    }
    const file = numberedFolders(folder)
      .map((each) => join(each, 'best.safetensors'))
      .find((each) => existsSync(each));
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': statSync(file).size });
    createReadStream(file).pipe(response);
  };
  return {
    name: 'demo-weights',
    configureServer: ({ middlewares }) => void middlewares.use(serve),
    configurePreviewServer: ({ middlewares }) => void middlewares.use(serve),
  };
}
