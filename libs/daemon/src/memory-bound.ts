import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";

const MOUNT = "/sys/fs/cgroup";

/**
 * Bytes of memory this process may use: the least of what its control groups (v2 or v1, its own and those above) allow and of what
 * the machine has.
 */
export function memoryLimitBytes(
  readText: (path: string) => string = (path) => readFileSync(path, "utf8"),
  machineBytes: number = totalmem(),
): number {
  const textOf = (path: string): string => {
    try {
      return readText(path);
    } catch {
      // Not in such a group.
      return "";
    }
  };
  let limit = machineBytes;
  for (const path of limitFiles(textOf("/proc/self/cgroup"))) {
    const text = textOf(path).trim();
    // v2 says "max" and v1 a number near 2^63 for no limit.
    if (/^[1-9]\d*$/.test(text)) limit = Math.min(limit, Number(text));
  }
  return limit;
}

/**
 * Where limits may stand. In a container, its group is the root of what is mounted; on a host (a systemd unit, say) the path is in
 * `/proc/self/cgroup`, and a limit of a group above counts, too.
 */
function limitFiles(membership: string): readonly string[] {
  const files = [`${MOUNT}/memory.max`, `${MOUNT}/memory/memory.limit_in_bytes`];
  for (const line of membership.split("\n")) {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    const isMemoryV1 = controllers.split(",").includes("memory");
    if (path === "" || path.includes("..") || (controllers !== "" && !isMemoryV1)) continue;
    const parts = path.split("/").filter((part) => part !== "");
    for (let depth = parts.length; depth > 0; depth--) {
      const group = parts.slice(0, depth).join("/");
      files.push(isMemoryV1 ? `${MOUNT}/memory/${group}/memory.limit_in_bytes` : `${MOUNT}/${group}/memory.max`);
    }
  }
  return files;
}

const MIN_BYTES = 16 * 1024 * 1024;
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * How many bytes of received spans may be in flight at once: an eighth of the memory (decoders and stores need their own), at most
 * 256 MiB and never more than half of V8's heap.
 */
export function inFlightBoundBytes(limitBytes: number = memoryLimitBytes()): number {
  const heap = getHeapStatistics().heap_size_limit / 2;
  return Math.floor(Math.min(MAX_BYTES, heap, Math.max(MIN_BYTES, limitBytes / 8)));
}
