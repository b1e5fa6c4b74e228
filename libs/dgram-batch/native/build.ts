import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Compiles the addon to `target` with the machine's C compiler and the headers that come with node. Gives why not when it cannot be: the
 * reader in JavaScript does without it.
 */
export function buildNative(target: string): string | undefined {
  if (process.platform !== "linux") return "recvmmsg is Linux's";
  const headers = resolve(dirname(process.execPath), "../include/node");
  if (!existsSync(`${headers}/node_api.h`)) return `no headers of node in ${headers}`;
  const source = fileURLToPath(new URL("recvmmsg.c", import.meta.url));
  mkdirSync(dirname(target), { recursive: true });
  // A file that a process has loaded is replaced, not written over.
  const fresh = `${target}.${process.pid}`;
  const options = ["-shared", "-fPIC", "-O2", "-s", "-Wall", "-Wextra", "-Werror", "-Wno-cast-function-type"];
  try {
    const compiler = process.env.CC ?? "cc";
    execFileSync(compiler, [...options, "-DNODE_GYP_MODULE_NAME=recvmmsg", `-I${headers}`, "-o", fresh, source], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    renameSync(fresh, target);
    return undefined;
  } catch (error) {
    rmSync(fresh, { force: true });
    const { stderr, message } = error as Error & { readonly stderr?: Buffer | null };
    return stderr?.toString().trim() || message;
  }
}
