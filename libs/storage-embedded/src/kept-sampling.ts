import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { MemorySamplingStorage } from "@spoor/sampling";
import type { OperationProbability } from "@spoor/storage-api";
import type { BaseLogger } from "pino";

const FILE = "sampling-probabilities.json";

/**
 * What adaptive sampling learned, kept in a file beside the spans: one process has the directory, so nothing else has to be shared. A file that
 * cannot be read is left out with a warning: it is learned again in minutes.
 */
export async function openKeptSampling(
  directory: string,
  logger: BaseLogger | undefined,
): Promise<MemorySamplingStorage> {
  const path = join(directory, FILE);
  let probabilities: readonly OperationProbability[] = [];
  try {
    probabilities = parse(await readFile(path, "utf8"));
  } catch (error) {
    if (!isMissing(error)) logger?.warn({ err: error, path }, "What adaptive sampling learned cannot be read");
  }
  return new MemorySamplingStorage({ probabilities, keep: (learned) => replaceFile(path, JSON.stringify(learned)) });
}

function parse(text: string): readonly OperationProbability[] {
  const entries: unknown = JSON.parse(text);
  if (!Array.isArray(entries)) throw new TypeError("not a list of probabilities");
  return entries.filter(isProbability);
}

function isProbability(entry: unknown): entry is OperationProbability {
  const { serviceName, operationName, probability, qps } = (entry ?? {}) as Partial<Record<string, unknown>>;
  return (
    typeof serviceName === "string" &&
    typeof operationName === "string" &&
    typeof probability === "number" &&
    typeof qps === "number"
  );
}

/** Never a half of it: the new file takes the old one's name when it is on the disk. */
async function replaceFile(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

function isMissing(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === "ENOENT";
}
