import type { Cluster } from "@spoor/storage-elasticsearch";
import { type JaegerIndex, jaegerIndices, problem, toolPrefix } from "./indices.ts";
import type { Log } from "./log.ts";

export interface CleanOptions {
  /** Days that are kept, today among them. */
  readonly days: number;
  readonly prefix: string;
  readonly dateSeparator: string;
  readonly archive: boolean;
  readonly rollover: boolean;
  /** How long the cluster may take to agree, seconds. */
  readonly timeoutSeconds: number;
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;
/** The server takes request lines of 4096 bytes; the rest of the line has room beside the names. */
const MOST_NAMES_LENGTH = 3800;

/** Deletes indices that were created before the days to be kept. Gives their names. */
export async function cleanIndices(cluster: Cluster, options: CleanOptions, log: Log): Promise<readonly string[]> {
  const before = (Math.floor(options.nowMs / DAY_MS) + 1 - options.days) * DAY_MS;
  log("Indices before this date will be deleted", { date: new Date(before).toISOString() });
  const all = await jaegerIndices(cluster, toolPrefix(options.prefix));
  log("Queried indices", { indices: all.map(({ name }) => name) });
  const old = all.filter((index) => isMeant(index, options) && index.creationTimeMs < before).map(({ name }) => name);
  if (old.length === 0) {
    log("No indices to delete");
    return [];
  }
  log("Deleting indices", { indices: old });
  for (const names of lines(old)) {
    const response = await cluster.request({
      method: "DELETE",
      path: `/${encodeURIComponent(names)}`,
      query: { master_timeout: `${options.timeoutSeconds}s` },
    });
    if (response.status !== 200) throw new Error(`failed to delete indices: ${names}, ${problem(response)}`);
  }
  return old;
}

/**
 * Whether the name is one that is cleaned with these options. An index that is written to by its alias never is. The separator stands for
 * itself; v1 takes a dot for any character.
 */
export function isMeant(
  index: Pick<JaegerIndex, "name" | "aliases">,
  options: Omit<CleanOptions, "days" | "nowMs" | "timeoutSeconds">,
): boolean {
  const prefix = escaped(toolPrefix(options.prefix));
  const separator = escaped(options.dateSeparator);
  const kinds = "(?:span|service|dependencies|sampling)";
  const pattern = options.archive
    ? `^${prefix}jaeger-span-archive-\\d{6}`
    : options.rollover
      ? `^${prefix}jaeger-${kinds}-\\d{6}`
      : `^${prefix}jaeger-${kinds}-\\d{4}${separator}\\d{2}${separator}\\d{2}`;
  if (!new RegExp(pattern).test(index.name)) return false;
  return ![...index.aliases].some((alias) => alias.endsWith("-write"));
}

/** Names joined by commas, as many as fit a request line. */
function* lines(names: readonly string[]): Generator<string> {
  let line = "";
  for (const name of names) {
    if (line !== "" && encodeURIComponent(`${line},${name}`).length > MOST_NAMES_LENGTH) {
      yield line;
      line = "";
    }
    line = line === "" ? name : `${line},${name}`;
  }
  if (line !== "") yield line;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
