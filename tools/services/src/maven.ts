import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ServiceError } from "./errors.ts";

const run = promisify(execFile);
const FETCH_TIMEOUT_MS = 600_000;

/** Exact coordinates. A version range would make Maven read the description of every version in it. */
export interface Artifact {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
}

/** Where fetched servers are kept: `SPOOR_SERVICES_CACHE`, else `~/.cache/spoor-services`. */
export function cacheFolder(): string {
  const named = process.env.SPOOR_SERVICES_CACHE;
  return named !== undefined && named !== "" ? named : join(homedir(), ".cache", "spoor-services");
}

/** A folder with the jars of these artifacts and of everything they need at run time; fetched once a machine. */
export function fetchJars(name: string, artifacts: readonly Artifact[]): Promise<string> {
  return once(name, async (target) => {
    const folder = await mkdtemp(join(tmpdir(), "spoor-maven-"));
    try {
      await writeFile(join(folder, "pom.xml"), pom(name, artifacts));
      await maven(folder, ["dependency:copy-dependencies", "-DincludeScope=runtime", `-DoutputDirectory=${target}`]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** A folder with the one file of an artifact of this packaging, such as a zip, unpacked by `unpack` when given. */
export function fetchFile(
  name: string,
  artifact: Artifact,
  packaging: string,
  unpack?: (file: string, target: string) => Promise<void>,
): Promise<string> {
  return once(name, async (target) => {
    const download = unpack === undefined ? target : await mkdtemp(join(tmpdir(), "spoor-maven-"));
    const { groupId, artifactId, version } = artifact;
    await maven(tmpdir(), [
      "dependency:copy",
      `-Dartifact=${groupId}:${artifactId}:${version}:${packaging}`,
      `-DoutputDirectory=${download}`,
    ]);
    if (unpack === undefined) return;
    try {
      await unpack(join(download, `${artifactId}-${version}.${packaging}`), target);
    } finally {
      await rm(download, { recursive: true, force: true });
    }
  });
}

/** Fills `cacheFolder()/name` by way of a sibling, so that no other process ever sees half of it. */
async function once(name: string, fill: (target: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  const building = `${folder}.${randomUUID()}`;
  await mkdir(building, { recursive: true });
  try {
    await fill(building);
    await rename(building, folder).catch((error: unknown) => {
      // Another process was faster.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return folder;
}

async function maven(cwd: string, args: readonly string[]): Promise<void> {
  try {
    await run("mvn", ["-B", "-q", ...args], { cwd, timeout: FETCH_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (code === "ENOENT") throw new ServiceError("TOOL_MISSING", "Maven (mvn) is not on the PATH", { cause: error });
    throw new ServiceError("FETCH_FAILED", `mvn ${args[0]} failed: ${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  }
}

function pom(name: string, artifacts: readonly Artifact[]): string {
  const dependencies = artifacts.map(
    ({ groupId, artifactId, version }) =>
      `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>${name}</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join("")}</dependencies></project>
`;
}
