import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { build } from "esbuild";
import { buildNative } from "../../libs/dgram-batch/native/build.ts";

/**
 * Bundles one app into `dist/apps/NAME/main.js`, run by `node` alone. Worker entry points of the libs an app uses become files beside it.
 */
const [name] = process.argv.slice(2);
if (name === undefined) throw new Error("usage: build.ts APP");

/** Output file: source. */
const WORKERS: Readonly<Record<string, string>> = {
  "storage-embedded.worker": "libs/storage-embedded/src/storage-embedded.worker.ts",
};
const READS_UDP: ReadonlySet<string> = new Set(["agent", "all-in-one"]);
const NEEDS_EMBEDDED: ReadonlySet<string> = new Set(["all-in-one", "collector", "ingester", "query", "remote-storage"]);

/** What `version`, `/version` and the metric `build_info` say. `SPOOR_COMMIT` and `SPOOR_BUILD_DATE` say it where there is no git. */
function buildInfo() {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
  const git = (...args: string[]) => {
    try {
      return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      return "";
    }
  };
  // The commit's date, not the clock's, so that the same sources give the same file.
  return {
    gitCommit: process.env.SPOOR_COMMIT || git("rev-parse", "HEAD"),
    gitVersion: `v${version}`,
    buildDate:
      process.env.SPOOR_BUILD_DATE ||
      git("show", "-s", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "HEAD"),
  };
}

process.env.TZ = "UTC";
const workers = NEEDS_EMBEDDED.has(name) ? WORKERS : {};
for (const source of Object.values(workers)) if (!existsSync(source)) throw new Error(`${source} is missing`);

await build({
  entryPoints: { main: `apps/${name}/src/main.ts`, ...workers },
  outdir: `dist/apps/${name}`,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "linked",
  legalComments: "none",
  // Compressors in machine code stand beside the bundle and are loaded only where they are asked for.
  loader: { ".node": "copy" },
  assetNames: "[name]-[hash]",
  logLevel: "warning",
  define: { __SPOOR_BUILD__: JSON.stringify(buildInfo()) },
  // CommonJS dependencies inside an ES module bundle still call require().
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});

if (READS_UDP.has(name)) {
  const reason = buildNative(`dist/apps/${name}/recvmmsg.node`);
  if (reason !== undefined) process.stderr.write(`built without the addon that reads UDP in bulk: ${reason}\n`);
}
