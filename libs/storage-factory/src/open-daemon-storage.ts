import type { DaemonContext } from "@spoor/daemon";
import type { Storage } from "@spoor/storage-api";
import { openStorage } from "./open-storage.ts";
import { chosenStorageTypes, type StorageType } from "./storage-types.ts";

/**
 * Opens the stores that a daemon's settings name, `defaultType` when they name none; they end with the daemon. `samplingType` is a store
 * besides, for what adaptive sampling counts.
 */
export async function openDaemonStorage(
  context: DaemonContext,
  defaultType: string,
  samplingType?: StorageType,
): Promise<Storage> {
  const { settings, logger, registry, readiness, lifecycle, stopping: signal } = context;
  const types = chosenStorageTypes(settings, defaultType);
  const storage = await openStorage(types, { settings, logger, registry, readiness, samplingType, signal });
  lifecycle.add("storage", () => storage.close());
  return storage;
}
