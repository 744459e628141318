import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { shared } from '../../scripts/vitest-base.ts';

/** What a page needs to share memory with its workers. `--mode plain` leaves it out, as most hosts of static files do. */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export default defineConfig(({ mode }) => {
  const headers = mode === 'plain' ? {} : isolation;
  return {
    ...shared,
    // Addresses relative to the page: the built pages may lie in any folder of a host.
    base: './',
    appType: 'mpa',
    // The backbone's weights, and the learner's.
    assetsInclude: ['**/*.data', '**/*.safetensors'],
    server: { headers },
    preview: { headers },
    worker: { format: 'es' },
    // Found before the page asks for them, or it reloads in the middle.
    optimizeDeps: { include: ['gpu.js', '@hypercorr/datasets > fast-png'] },
    build: { target: 'es2022', rolldownOptions: { input: [path('index.html'), path('spirals.html')] } },
  };
});
