import { readFileSync } from "node:fs";
import { createIngest } from "@spoor/ingest";
import { scanPostSpansRequest } from "@spoor/span-wire";
import type { SpanWriter } from "@spoor/storage-api";
import { pino } from "pino";
import { Registry } from "prom-client";
import { parseExactJson } from "../document/exact-json.ts";

/** What v1.67.0 was sent, and what it stored and answered, recorded on Elasticsearch 7.17.29; 8.19 and OpenSearch 2.19 have the same documents. */
export function fixture(name: string): unknown {
  return parseExactJson(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8"));
}

export interface RecordedDocument {
  readonly _index: string;
  readonly _id: string;
  readonly _source: Readonly<Record<string, unknown>>;
}

export interface RecordedSearch {
  readonly name: string;
  readonly path: string;
  readonly status: number;
  readonly traceIDs?: readonly string[];
  readonly traces?: readonly unknown[];
  readonly bodyText?: string;
}

/** Sends everything that v1 was sent, by the way that a collector takes. Gives the writes that were refused. */
export async function writeRecorded(writer: SpanWriter): Promise<string[]> {
  const ingest = createIngest({
    writer,
    logger: pino({ level: "silent" }),
    registry: new Registry(),
    maxInFlightBytes: 64 * 1024 * 1024,
  });
  const refused: string[] = [];
  const { requests } = fixture("v1-input") as { requests: readonly { note: string; requestBase64: string }[] };
  const writes = requests.map(async ({ note, requestBase64 }) => {
    const spans = scanPostSpansRequest(Buffer.from(requestBase64, "base64"));
    try {
      await ingest.write({
        spans,
        commonFields: new Uint8Array(0),
        format: "proto",
        transport: "grpc",
        tenant: "",
        byteLength: requestBase64.length,
      });
    } catch (error) {
      refused.push(`${note}: ${(error as Error).message}`);
    }
  });
  await Promise.all(writes);
  return refused;
}
