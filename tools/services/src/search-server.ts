import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { TestCertificates } from "./certificates.ts";
import { ServiceError } from "./errors.ts";
import type { Artifact } from "./maven.ts";
import { fetchFile } from "./maven.ts";
import { type ServerProcess, startProcess } from "./process.ts";

/*
 * What Elasticsearch and OpenSearch have in common: a zip whose one folder holds bin, config, lib and modules, a start that refuses
 * root, and a folder of settings and data of one's own.
 */

const run = promisify(execFile);
/** The user that a server gets when we are root: `nobody`. */
const NOBODY = 65_534;

/** One node on 127.0.0.1, with data of its own. */
export interface SearchServer {
  readonly url: string;
  readonly version: string;
  /** With security; the user may do everything. */
  readonly username: string;
  readonly password: string;
  /** With TLS. */
  readonly certificates: TestCertificates | undefined;
  /**
   * With TLS, and only on Elasticsearch: puts another certificate, and other authorities for those of clients, in the place of what it has.
   * It looks at its files every five seconds.
   */
  replaceCertificates?(server: TestCertificates, trusted: readonly TestCertificates[]): Promise<void>;
  /** Ends the server; its data stay. */
  stop(): Promise<void>;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

export interface SearchServerLayout {
  /** `elasticsearch` or `opensearch`: the name of the start script, the settings file and the prefix of variables. */
  readonly name: "elasticsearch" | "opensearch";
  readonly home: string;
  readonly java: string;
  readonly heapMb: number;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Turns a line of `jvm.options` into what this folder needs. */
  readonly jvmOption?: (line: string) => string;
}

/** Where the server is unpacked: beside everything that was fetched, or, when root must start it as another user, where that one can read. */
export async function fetchDistribution(name: string, artifact: Artifact, java: string): Promise<string> {
  const fetched = await fetchFile(name, artifact, "zip", (file, target) => unpack(file, target, java));
  if (process.getuid?.() !== 0 || (await isOpenToAll(fetched))) return fetched;
  const copy = join(tmpdir(), `spoor-services-${basename(fetched)}`);
  if (existsSync(copy)) return copy;
  const building = await mkdtemp(`${copy}.`);
  await run("cp", ["-a", `${fetched}/.`, building]);
  await chmod(building, 0o755);
  await rename(building, copy).catch(async (error: unknown) => {
    // Another process was faster.
    await rm(building, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  });
  return copy;
}

async function unpack(file: string, target: string, java: string): Promise<void> {
  const jar = join(dirname(await realpath(java)), "jar");
  if (!existsSync(jar)) throw new ServiceError("TOOL_MISSING", `${jar} is not there: a JDK is needed, not a JRE`);
  const folder = join(target, ".unpacked");
  await mkdir(folder);
  await run(jar, ["xf", file], { cwd: folder });
  const [top = ""] = await readdir(folder);
  for (const entry of await readdir(join(folder, top))) await rename(join(folder, top, entry), join(target, entry));
  await rm(folder, { recursive: true });
  await run("chmod", ["-R", "a+rX", target]);
  for (const script of await readdir(join(target, "bin"))) await chmod(join(target, "bin", script), 0o755);
}

async function isOpenToAll(path: string): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o005) !== 0o005) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** A folder for one server: settings, data, logs. */
export async function createServerFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `spoor-${name}-`));
  for (const part of ["conf", "data", "logs", "tmp"]) await mkdir(join(folder, part));
  await chmod(folder, 0o755);
  return folder;
}

/** Writes settings and options of the JVM, then gives everything to the user who runs the server. */
export async function configure(folder: string, layout: SearchServerLayout): Promise<void> {
  const { name, home, settings } = layout;
  const conf = join(folder, "conf");
  const lines = Object.entries({
    "cluster.name": "spoor",
    "node.name": "n1",
    "network.host": "127.0.0.1",
    "discovery.type": "single-node",
    "path.data": join(folder, "data"),
    "path.logs": join(folder, "logs"),
    "cluster.routing.allocation.disk.threshold_enabled": false,
    ...settings,
  });
  await writeFile(join(conf, `${name}.yml`), `${lines.map(([key, value]) => `${key}: ${value}`).join("\n")}\n`);
  for (const file of ["log4j2.properties", "fips_java.security"]) {
    if (existsSync(join(home, "config", file))) await copyFile(join(home, "config", file), join(conf, file));
  }
  const options = (await readFile(join(home, "config", "jvm.options"), "utf8"))
    .split("\n")
    .filter((line) => !/^-Xm[sx]|Xlog:gc|Xloggc|HeapDumpPath|ErrorFile/.test(line));
  await writeFile(join(conf, "jvm.options"), options.map((line) => layout.jvmOption?.(line) ?? line).join("\n"));
}

/** Runs a script of the server's folder `bin`, as another user when we are root. */
export async function runScript(
  folder: string,
  layout: SearchServerLayout,
  script: string,
  args: readonly string[],
  input = "",
) {
  await own(folder);
  const [command, ...rest] = unprivileged([join(layout.home, "bin", script), ...args]);
  const child = run(command as string, rest, {
    cwd: join(folder, "tmp"),
    env: { ...process.env, ...environment(folder, layout) },
  });
  child.child.stdin?.end(input);
  await child;
}

export async function startServer(
  folder: string,
  layout: SearchServerLayout,
  isReady: () => Promise<boolean>,
): Promise<ServerProcess> {
  await own(folder);
  const [command, ...args] = unprivileged([join(layout.home, "bin", layout.name)]);
  return startProcess({
    command: command as string,
    args,
    cwd: join(folder, "tmp"),
    env: environment(folder, layout),
    logFile: join(folder, "server.log"),
    isReady,
  });
}

function environment(folder: string, { name, java, heapMb }: SearchServerLayout): Record<string, string> {
  const prefix = name === "elasticsearch" ? "ES" : "OPENSEARCH";
  const javaHome = dirname(dirname(java));
  return {
    HOME: join(folder, "tmp"),
    [`${prefix}_JAVA_HOME`]: javaHome,
    JAVA_HOME: javaHome,
    [`${prefix}_PATH_CONF`]: join(folder, "conf"),
    [`${prefix}_TMPDIR`]: join(folder, "tmp"),
    // Without the second compiler the start is shorter.
    [`${prefix}_JAVA_OPTS`]: `-Xms${heapMb}m -Xmx${heapMb}m -XX:TieredStopAtLevel=1`,
  };
}

function unprivileged(command: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) return command;
  const id = `${NOBODY}`;
  return ["setpriv", `--reuid=${id}`, `--regid=${id}`, "--clear-groups", "--pdeathsig", "KILL", ...command];
}

async function own(folder: string): Promise<void> {
  if (process.getuid?.() === 0) await run("chown", ["-R", `${NOBODY}:${NOBODY}`, folder]);
}
