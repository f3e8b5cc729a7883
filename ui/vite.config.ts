import { defineConfig } from 'vite';

// Where the built page goes; the build of the binary sets LINESIDE_UI_OUT and embeds that folder.
const outDir = process.env.LINESIDE_UI_OUT ?? '../build/ui';

// While developing (`npm run dev`) the API comes from an edge or from mock/server.mjs.
const api = process.env.LINESIDE_UI_API ?? 'http://127.0.0.1:8090';

export default defineConfig({
  base: './',
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    // The page's content security policy has no data: addresses, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': { target: api, changeOrigin: true },
      '/metrics': { target: api, changeOrigin: true },
    },
  },
});
