import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { buildNative } from "../../libs/dgram-batch/native/build.ts";
import { httpByRequire, ownModules, withoutUnused } from "./own-modules.ts";

/**
 * Bundles one app into `dist/apps/NAME/main.js`, run by `node` alone. What is imported only when it is needed, such as the driver of a store,
 * and worker entry points of the libs an app uses become files beside it.
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

const outdir = `dist/apps/${name}`;
const options: BuildOptions = {
  outdir,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "linked",
  legalComments: "none",
  // A process keeps the text of its code. Names stay, for stack traces; and so does syntax: constants put in place leave imports of all that
  // is beside them.
  minifyWhitespace: true,
  // Compressors in machine code stand beside the bundle and are loaded only where they are asked for.
  loader: { ".node": "copy" },
  assetNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  logLevel: "warning",
  metafile: true,
  plugins: [ownModules, httpByRequire, withoutUnused],
  define: { __SPOOR_BUILD__: JSON.stringify(buildInfo()) },
  // CommonJS dependencies inside an ES module bundle still call require().
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
};
const built = await Promise.all([
  build({ ...options, entryPoints: { main: `apps/${name}/src/main.ts` }, splitting: true }),
  ...(Object.keys(workers).length === 0 ? [] : [build({ ...options, entryPoints: workers })]),
]);

// Names change with what is in them: nothing of an earlier build stays. Nor does what only unused code would have loaded.
const written = new Set(built.flatMap(({ metafile }) => (metafile === undefined ? [] : reachable(metafile))));
for (const file of readdirSync(outdir)) {
  if (!written.has(file.replace(/\.map$/, ""))) rmSync(`${outdir}/${file}`);
}

if (READS_UDP.has(name)) {
  const reason = buildNative(`${outdir}/recvmmsg.node`);
  if (reason !== undefined) process.stderr.write(`built without the addon that reads UDP in bulk: ${reason}\n`);
}

/** Files that the entry points load, at once or later, by name. */
function reachable({ outputs }: Metafile): readonly string[] {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const imported of outputs[path]?.imports ?? []) if (imported.external !== true) visit(imported.path);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint !== undefined && !basename(path).startsWith("chunk-")) visit(path);
  }
  return [...found].map((path) => basename(path));
}
