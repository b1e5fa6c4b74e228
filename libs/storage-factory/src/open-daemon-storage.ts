import type { DaemonContext } from "@spoor/daemon";
import type { Storage } from "@spoor/storage-api";
import { type OpenContext, openStorage } from "./open-storage.ts";
import { chosenStorageTypes } from "./storage-types.ts";

/** Opens the stores that a daemon's settings name, `defaultType` when they name none; they end with the daemon. */
export async function openDaemonStorage(
  context: DaemonContext,
  defaultType: string,
  purpose: Pick<OpenContext, "samplingType" | "readOnly"> = {},
): Promise<Storage> {
  const { settings, logger, registry, readiness, lifecycle, stopping: signal } = context;
  const types = chosenStorageTypes(settings, defaultType);
  const storage = await openStorage(types, { settings, logger, registry, readiness, signal, ...purpose });
  lifecycle.add("storage", () => storage.close());
  return storage;
}
