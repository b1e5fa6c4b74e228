import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";

const CGROUP_FILES = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/** Bytes of memory this process may use: the container's limit when there is one, else what the machine has. */
export function memoryLimitBytes(readText: (path: string) => string = (path) => readFileSync(path, "utf8")): number {
  let limit = totalmem();
  for (const path of CGROUP_FILES) {
    try {
      const value = Number(readText(path).trim());
      if (Number.isFinite(value) && value > 0) limit = Math.min(limit, value);
    } catch {
      // Not in such a container.
    }
  }
  return limit;
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
