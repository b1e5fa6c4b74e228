import type { Cluster, ClusterResponse } from "../cluster/cluster.ts";
import { failure, reasonOf } from "../errors.ts";
import type { Options } from "../options.ts";

/** A shard that is nowhere keeps a refresh waiting for a minute: searches go on without it before. */
const LONGEST_WAIT_MS = 5_000;
/** Beyond so many indices a refresh names a pattern. */
const MOST_NAMED = 30;

/**
 * The server shows new documents to searches only after a refresh, which it does every second or so. A read refreshes the indices that
 * this process wrote to since the last time, so that it sees every write that resolved before.
 */
export class Refresher {
  readonly #cluster: Cluster;
  readonly #options: Options;
  readonly #pattern: string;
  #changed = new Set<string>();
  #running: Promise<void> | undefined;
  #isAllowed = true;

  constructor(cluster: Cluster, options: Options, prefix: string) {
    this.#cluster = cluster;
    this.#options = options;
    this.#pattern = `${prefix}jaeger-*`;
  }

  changed(index: string): void {
    if (this.#isAllowed) this.#changed.add(index);
  }

  /** Resolves when searches see what was written before the call. */
  async settle(): Promise<void> {
    // One that is under way may have begun before the last write.
    if (this.#running !== undefined) await this.#running;
    if (this.#changed.size === 0) return this.#running;
    this.#running ??= this.#refresh().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async #refresh(): Promise<void> {
    const names = [...this.#changed];
    this.#changed = new Set();
    const target = names.length > MOST_NAMED ? this.#pattern : names.join(",");
    const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
    let response: ClusterResponse;
    try {
      response = await this.#cluster.request({
        method: "POST",
        path: `/${encodeURIComponent(target)}/_refresh`,
        query: { ignore_unavailable: true, allow_no_indices: true },
        signal,
      });
    } catch (error) {
      for (const name of names) this.#changed.add(name);
      if (!signal.aborted) throw error;
      this.#options.logger?.warn(
        { indices: target },
        "Indices cannot be refreshed: searches may miss the newest spans",
      );
      return;
    }
    if (response.status === 403) {
      this.#isAllowed = false;
      this.#options.logger?.warn(
        { reason: reasonOf(response.body) },
        "Not allowed to refresh indices: searches see new spans when the server refreshes by itself",
      );
    } else if (response.status >= 500 || response.status === 429) {
      for (const name of names) this.#changed.add(name);
      throw failure(response, "refresh indices");
    }
  }
}
