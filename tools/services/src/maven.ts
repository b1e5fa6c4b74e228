import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fetchOnce } from "./cache.ts";
import { ServiceError } from "./errors.ts";

const run = promisify(execFile);
const FETCH_TIMEOUT_MS = 600_000;

/** Exact coordinates. A version range would make Maven read the description of every version in it. */
export interface Artifact {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
}

/** A folder with the jars of these artifacts and of everything they need at run time; fetched once a machine. */
export function fetchJars(name: string, artifacts: readonly Artifact[]): Promise<string> {
  return fetchOnce(name, async (target) => {
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
  return fetchOnce(name, async (target) => {
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
