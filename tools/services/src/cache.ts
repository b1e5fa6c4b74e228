import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where fetched servers are kept: `SPOOR_SERVICES_CACHE`, else `~/.cache/spoor-services`. */
export function cacheFolder(): string {
  const named = process.env.SPOOR_SERVICES_CACHE;
  return named !== undefined && named !== "" ? named : join(homedir(), ".cache", "spoor-services");
}

/** Fills `cacheFolder()/name` by way of a sibling, so that no other process ever sees half of it. */
export async function fetchOnce(name: string, fill: (target: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  const building = `${folder}.${randomUUID()}`;
  await mkdir(building, { recursive: true });
  try {
    await fill(building);
    await rename(building, folder).catch((error: unknown) => {
      // Another process was faster.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return folder;
}
