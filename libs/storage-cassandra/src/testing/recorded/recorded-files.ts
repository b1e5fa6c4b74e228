import { readFileSync } from "node:fs";
import { createIngest } from "@spoor/ingest";
import { NO_FIELDS, scanPostSpansRequest } from "@spoor/span-wire";
import type { Storage } from "@spoor/storage-api";
import { pino } from "pino";
import { Registry } from "prom-client";
import type { TagIndexOptions } from "../../options.ts";

/** How v1 was started when it wrote the recorded rows. */
export const CONFIGURATIONS: Readonly<Record<string, TagIndexOptions>> = {
  default: {},
  "index-flags": { blacklist: ["http.method", "dup", "k"], processTags: false, logs: false },
  whitelist: { whitelist: ["str", "http.status_code", "event", "hostname"] },
  "no-tags": { tags: false },
};

export type RecordedRow = Readonly<Record<string, unknown>>;

export interface RecordedSearch {
  readonly name: string;
  readonly path: string;
  readonly status: number;
  readonly traceIDs?: readonly string[];
  readonly bodyText?: string;
  readonly full?: boolean;
  readonly differedOnSecondRun?: unknown;
  readonly nondeterministicOnCassandra?: unknown;
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/recorded/${file}`, import.meta.url), "utf8"));
}

/** Rows by table. */
export function recordedRows(configuration: string): Readonly<Record<string, readonly RecordedRow[]>> {
  return read(`rows-${configuration}.json`) as Record<string, RecordedRow[]>;
}

export function recordedSearches(): readonly RecordedSearch[] {
  return read("searches.json") as RecordedSearch[];
}

/** Sends the recorded requests through everything that stands between a receiver and the store. */
export async function writeRecordedInput(storage: Storage): Promise<void> {
  const { requests } = read("input.json") as { readonly requests: readonly { readonly requestBase64: string }[] };
  const ingest = createIngest({
    writer: storage.writer,
    logger: pino({ level: "silent" }),
    registry: new Registry(),
    maxInFlightBytes: 64 * 1024 * 1024,
  });
  for (const { requestBase64 } of requests) {
    const bytes = Buffer.from(requestBase64, "base64");
    await ingest.write({
      spans: scanPostSpansRequest(bytes),
      commonFields: NO_FIELDS,
      format: "proto",
      transport: "grpc",
      tenant: "",
      byteLength: bytes.length,
    });
  }
}
