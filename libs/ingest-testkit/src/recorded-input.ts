import { readFileSync } from "node:fs";
import { createIngest } from "@spoor/ingest";
import { NO_FIELDS, scanPostSpansRequest } from "@spoor/span-wire";
import type { SpanWriter } from "@spoor/storage-api";
import { pino } from "pino";
import { Registry } from "prom-client";

const MAX_IN_FLIGHT_BYTES = 64 * 1024 * 1024;

interface RecordedRequests {
  readonly requests: readonly { readonly note: string; readonly requestBase64: string }[];
}

/**
 * Sends what v1 was sent when its rows, documents and messages were recorded: `PostSpansRequest`s, one after another, through everything that
 * stands between a receiver and a store. Rejects at the first that is refused, with its note.
 */
export async function writeRecordedInput(writer: SpanWriter): Promise<void> {
  const text = readFileSync(new URL("./fixtures/recorded-requests.json", import.meta.url), "utf8");
  const { requests } = JSON.parse(text) as RecordedRequests;
  const ingest = createIngest({
    writer,
    logger: pino({ level: "silent" }),
    registry: new Registry(),
    maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
  });
  for (const { note, requestBase64 } of requests) {
    const bytes = Buffer.from(requestBase64, "base64");
    try {
      await ingest.write({
        spans: scanPostSpansRequest(bytes),
        commonFields: NO_FIELDS,
        format: "proto",
        transport: "grpc",
        tenant: "",
        byteLength: bytes.length,
      });
    } catch (error) {
      throw new Error(`a recorded request is refused: ${note}`, { cause: error });
    }
  }
}
