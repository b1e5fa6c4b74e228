import { randomBytes } from "node:crypto";
import { type OperationProbability, type SamplingStore, StorageError, type Throughput } from "@spoor/storage-api";
import type { Cluster } from "../cluster/cluster.ts";
import { errorText, failure, type ServerError } from "../errors.ts";
import type { IndexNames } from "../indices/index-names.ts";
import { putTemplate } from "../indices/prepare-templates.ts";
import type { Options } from "../options.ts";
import { scroll, searchOne } from "../read/search-api.ts";

const HOUR_MS = 3_600_000;
const PAGE = 1000;

/*
 * v1's documents of adaptive sampling (jaegertracing/jaeger `internal/storage/v1/elasticsearch/samplingstore`), both in the index of their day:
 *
 *   {"timestamp", "throughputs": {"Service", "Operation", "Count", "Probabilities": {"0.001000": {}}}}, one for each operation
 *   {"timestamp", "probabilitiesandqps": {"Hostname", "Probabilities": {service: {operation: number}}, "QPS": the same}}
 */

type ByOperation = Readonly<Record<string, Readonly<Record<string, number>>>>;

interface SamplingDocument {
  readonly throughputs?: {
    readonly Service?: string;
    readonly Operation?: string;
    readonly Count?: number | bigint;
    readonly Probabilities?: Readonly<Record<string, unknown>> | null;
  };
  readonly probabilitiesandqps?: { readonly Probabilities?: ByOperation | null; readonly QPS?: ByOperation | null };
}

/** What collectors tell each other to sample adaptively, in v1's indices. */
export class DocumentSamplingStore implements SamplingStore {
  readonly #cluster: Cluster;
  readonly #options: Options;
  readonly #names: IndexNames;
  #prepared: Promise<void> | undefined;

  constructor(cluster: Cluster, options: Options, names: IndexNames) {
    this.#cluster = cluster;
    this.#options = options;
    this.#names = names;
  }

  async insertThroughput(throughput: readonly Throughput[], nowMs: number = Date.now()): Promise<void> {
    await this.#insert(
      nowMs,
      throughput.map(({ serviceName, operationName, count, probabilities }) => ({
        throughputs: {
          Service: serviceName,
          Operation: operationName,
          Count: count,
          Probabilities: Object.fromEntries(probabilities.map((text) => [text, {}])),
        },
      })),
    );
  }

  async getThroughput(range: {
    readonly startTimeMs: number;
    readonly endTimeMs: number;
  }): Promise<readonly Throughput[]> {
    const { startTimeMs, endTimeMs } = range;
    const search = {
      indices: this.#names.read("sampling", startTimeMs / 1000, endTimeMs / 1000),
      body: {
        query: {
          bool: {
            filter: [
              { range: { timestamp: { gt: isoTime(startTimeMs), lte: isoTime(endTimeMs) } } },
              { exists: { field: "throughputs.Service" } },
            ],
          },
        },
        sort: ["_doc"],
        size: PAGE,
      },
    };
    const found: Throughput[] = [];
    for await (const { hits } of scroll(this.#cluster, search, undefined)) {
      for (const { _source } of hits) {
        const entry = (_source as SamplingDocument).throughputs;
        if (entry === undefined) continue;
        found.push({
          serviceName: entry.Service ?? "",
          operationName: entry.Operation ?? "",
          count: Number(entry.Count ?? 0),
          probabilities: Object.keys(entry.Probabilities ?? {}),
        });
      }
    }
    return found;
  }

  async insertProbabilities(
    hostname: string,
    probabilities: readonly OperationProbability[],
    nowMs: number = Date.now(),
  ): Promise<void> {
    const Probabilities = byOperation(probabilities, ({ probability }) => probability);
    const QPS = byOperation(probabilities, ({ qps }) => qps);
    await this.#insert(nowMs, [{ probabilitiesandqps: { Hostname: hostname, Probabilities, QPS } }]);
  }

  async getLatestProbabilities(): Promise<readonly OperationProbability[]> {
    const now = Date.now();
    const from = now - this.#options.samplingLookbackMs;
    const { hits } = await searchOne(
      this.#cluster,
      {
        indices: this.#names.read("sampling", from / 1000, (now + HOUR_MS) / 1000),
        body: {
          query: { exists: { field: "probabilitiesandqps.Hostname" } },
          sort: [{ timestamp: { order: "desc", unmapped_type: "date" } }],
          size: 1,
          track_total_hits: false,
        },
      },
      undefined,
    );
    const latest = (hits[0]?._source as SamplingDocument | undefined)?.probabilitiesandqps;
    const found: OperationProbability[] = [];
    for (const [serviceName, operations] of Object.entries(latest?.Probabilities ?? {})) {
      for (const [operationName, probability] of Object.entries(operations)) {
        const qps = Number(latest?.QPS?.[serviceName]?.[operationName] ?? 0);
        found.push({ serviceName, operationName, probability: Number(probability), qps });
      }
    }
    return found;
  }

  /** Seen by searches when it resolves: other collectors ask soon. */
  async #insert(nowMs: number, documents: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    if (documents.length === 0) return;
    await this.#prepare();
    const { useAliases } = this.#options;
    const timestamp = isoTime(nowMs);
    const _index = this.#names.write("sampling", nowMs / 1000);
    const lines = documents.map((document) => {
      // An id of its own: the client may send a request again.
      const action = { create: { _index, _id: randomBytes(12).toString("base64url") } };
      return `${JSON.stringify(action)}\n${JSON.stringify({ timestamp, ...document })}\n`;
    });
    const response = await this.#cluster.request({
      method: "POST",
      path: "/_bulk",
      query: {
        refresh: true,
        filter_path: "errors,items.*.status,items.*.error",
        ...(useAliases ? { require_alias: true } : {}),
      },
      body: lines.join(""),
      isLines: true,
    });
    if (response.status !== 200) throw failure(response, "store what adaptive sampling saw");
    const { items } = response.body as { items?: readonly { create?: { status?: number; error?: ServerError } }[] };
    const refused = items?.find(({ create }) => (create?.status ?? 500) > 201 && create?.status !== 409)?.create;
    if (refused === undefined) return;
    const reason = refused.error === undefined ? `status ${refused.status}` : errorText(refused.error);
    const hint =
      useAliases && refused.status === 404 ? " (es-rollover init --adaptive-sampling creates the write alias)" : "";
    throw new StorageError("UNAVAILABLE", `cannot store what adaptive sampling saw in ${_index}: ${reason}${hint}`);
  }

  /** Creates the template, once. */
  #prepare(): Promise<void> {
    const { createTemplates, useIlm } = this.#options;
    if (!createTemplates || useIlm) return Promise.resolve();
    this.#prepared ??= putTemplate(this.#cluster, this.#options, this.#names, "sampling", 0).catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }
}

function byOperation(
  all: readonly OperationProbability[],
  value: (each: OperationProbability) => number,
): Record<string, Record<string, number>> {
  // Without a prototype: names may be any.
  const services: Record<string, Record<string, number>> = Object.create(null);
  for (const each of all) {
    services[each.serviceName] ??= Object.create(null);
    (services[each.serviceName] as Record<string, number>)[each.operationName] = value(each);
  }
  return services;
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
