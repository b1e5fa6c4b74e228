import { availableParallelism } from "node:os";
import { DaemonError, type Settings } from "@spoor/daemon";
import type { StorageType } from "@spoor/storage-factory";

/** Stores whose data belong to the process that opened them. */
const OWNED_BY_A_PROCESS: readonly StorageType[] = ["embedded", "badger", "memory"];

/**
 * In how many processes a collector works, by `--workers`. Throws `INVALID_SETTINGS` when there would be several and one of the stores
 * has to belong to a single one.
 */
export function workerCount(settings: Settings, types: readonly StorageType[]): number {
  const count = settings.int("workers") || availableParallelism();
  const owned = types.find((type) => OWNED_BY_A_PROCESS.includes(type));
  if (count === 1 || owned === undefined) return count;
  throw new DaemonError(
    "INVALID_SETTINGS",
    `--workers=${settings.int("workers")} does not go with the storage ${owned}, which one process has to own`,
    { hint: "Leave out --workers, or choose a store that processes share with SPAN_STORAGE_TYPE." },
  );
}
