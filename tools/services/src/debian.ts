import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fetchOnce } from "./cache.ts";
import { ServiceError } from "./errors.ts";

const run = promisify(execFile);
const TIMEOUT_MS = 300_000;

/** A folder with the files of a Debian package, which is not installed; fetched once a machine. */
export function fetchDebianPackage(name: string): Promise<string> {
  return fetchOnce(`debian-${name}`, async (target) => {
    const folder = await mkdtemp(join(tmpdir(), "spoor-debian-"));
    try {
      await download(name, folder);
      const archive = (await readdir(folder)).find((file) => file.endsWith(".deb"));
      if (archive === undefined) throw new ServiceError("FETCH_FAILED", `apt-get brought no package ${name}`);
      await tool("dpkg", ["-x", join(folder, archive), target], folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function download(name: string, folder: string): Promise<void> {
  const command = ["-q", "-o", "APT::Sandbox::User=root", "download", name];
  try {
    await tool("apt-get", command, folder);
  } catch (error) {
    if (error instanceof ServiceError && error.code === "TOOL_MISSING") throw error;
    // The machine has no lists of packages: some are fetched for this download only.
    const lists = ["-o", `Dir::State=${join(folder, "state")}`, "-o", `Dir::Cache=${join(folder, "cache")}`];
    for (const part of ["state/lists/partial", "cache/archives/partial"])
      await mkdir(join(folder, part), { recursive: true });
    await tool("apt-get", ["-q", ...lists, "-o", "APT::Sandbox::User=root", "update"], folder);
    await tool("apt-get", [...lists, ...command], folder);
  }
}

async function tool(command: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    await run(command, args, { cwd, timeout: TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (code === "ENOENT") throw new ServiceError("TOOL_MISSING", `${command} is not on the PATH`, { cause: error });
    throw new ServiceError("FETCH_FAILED", `${command} failed: ${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  }
}
