import { build } from "esbuild";

/**
 * Bundles one app into `dist/apps/NAME/main.js`, run by `node` alone. Worker entry points (`src/**\/*.worker.ts` of the libs
 * an app lists in `workers`) become files beside it.
 */
const [name] = process.argv.slice(2);
if (name === undefined) throw new Error("usage: build.ts APP");

const WORKERS: Readonly<Record<string, string>> = {
  "storage-embedded.worker": "libs/storage-embedded/src/storage-embedded.worker.ts",
};
const NEEDS_EMBEDDED: ReadonlySet<string> = new Set(["all-in-one", "collector", "query"]);

await build({
  entryPoints: {
    main: `apps/${name}/src/main.ts`,
    ...(NEEDS_EMBEDDED.has(name) ? WORKERS : {}),
  },
  outdir: `dist/apps/${name}`,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "linked",
  legalComments: "none",
  logLevel: "warning",
  // CommonJS dependencies inside an ES module bundle still call require().
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
