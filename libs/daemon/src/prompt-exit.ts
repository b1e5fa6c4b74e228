import { accessSync, constants } from "node:fs";

/** Requests that a thread of libuv carries out in one call of the system, which may take as long as a name server or file system likes. */
const BLOCKING_REQUESTS: ReadonlySet<string> = new Set([
  "FSReqCallback",
  "FSReqPromise",
  "GetAddrInfoReqWrap",
  "GetNameInfoReqWrap",
]);

/**
 * From now on `process.exit` ends this process at once, also while threads wait for a name server or a file system that does not answer.
 * Without, libuv joins its threads on the way out and the process stays until the last call returns: for a name that DNS leaves
 * unanswered, until the system's resolver gives up, ten seconds for each server and search domain.
 *
 * No function of Node ends a process without running the destructors of its libraries; `process.execve` (Node >= 22.15) comes closest:
 * the kernel ends all other threads, however they wait, and starts in the same process a Node that ends with the same code. Without
 * that function nothing changes.
 */
export function exitPromptly(): void {
  process.on("exit", (code) => {
    if (process.getActiveResourcesInfo().some((resource) => BLOCKING_REQUESTS.has(resource))) becomeExit(code);
  });
}

/** Returns only when that cannot be done. */
function becomeExit(code: number): void {
  if (typeof process.execve !== "function" || !isExecutable(process.execPath)) return;
  // What the dynamic loader may need, but no options that would load or print anything.
  const { LD_LIBRARY_PATH } = process.env;
  const environment = LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH };
  process.execve(process.execPath, [process.execPath, "--eval", `process.exit(${code})`], environment);
}

/** Node aborts when it cannot execute what it was told to. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
