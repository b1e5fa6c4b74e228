import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";

/** The worker as the build makes it, in `directory`: it starts several times faster than from its sources. */
export function buildWorker(directory: string): URL {
  const outfile = path.join(directory, "storage-embedded.worker.js");
  const entry = path.join(import.meta.dirname, "..", "storage-embedded.worker.ts");
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
    banner: { js: REQUIRE },
  });
  fs.writeFileSync(path.join(directory, "package.json"), '{"type":"module"}');
  return pathToFileURL(outfile);
}

const REQUIRE = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
