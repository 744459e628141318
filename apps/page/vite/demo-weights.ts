import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Connect, Plugin } from 'vite';

/** Where the page looks for the weights that `npm start` leaves. */
export const demoWeightsUrl = '/weights/demo.safetensors';

/**
 * Serves the demo's weights beside the page, from where the demo left them: they are too large to be committed or
 * copied. Where there are none the page gets an honest 404.
 *
 * @param file of the checkpoint
 */
export function demoWeights(file: string): Plugin {
  const serve: Connect.NextHandleFunction = (request, response, next) => {
    if (request.url?.split('?')[0] !== demoWeightsUrl) {
      next();
      return;
    }
    stat(file).then(
      ({ size }) => {
        response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size });
        createReadStream(file).pipe(response);
      },
      () => response.writeHead(404).end(),
    );
  };
  return {
    name: 'demo-weights',
    configureServer: ({ middlewares }) => void middlewares.use(serve),
    configurePreviewServer: ({ middlewares }) => void middlewares.use(serve),
  };
}
