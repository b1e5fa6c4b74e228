import { defineConfig } from "vite";

/**
 * `base: "./"` makes every asset relative to the `<base href>` that the server writes, so one build serves any base path.
 * Nothing is inlined as a data: URL, and no polyfill is injected, so a policy of `default-src 'self'` holds.
 */
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../../dist/apps/ui",
    emptyOutDir: true,
    assetsDir: "static",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    reportCompressedSize: true,
  },
  worker: { format: "es" },
});
