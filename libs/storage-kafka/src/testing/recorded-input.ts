import { readFileSync } from "node:fs";
import { createIngest } from "@spoor/ingest";
import { NO_FIELDS, scanPostSpansRequest } from "@spoor/span-wire";
import type { SpanWriter } from "@spoor/storage-api";
import { pino } from "pino";
import { Registry } from "prom-client";

/** A message that v1 wrote for the recorded input, on a topic of six partitions. */
export interface RecordedMessage {
  readonly partition: number;
  readonly keyText: string;
  readonly valueBase64: string;
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/recorded/${file}`, import.meta.url), "utf8"));
}

export function recordedMessages(encoding: "protobuf" | "json"): readonly RecordedMessage[] {
  return read(`${encoding}.json`) as RecordedMessage[];
}

/** Sends the recorded requests, one after another, through everything that stands between a receiver and the store. */
export async function writeRecordedInput(writer: SpanWriter): Promise<void> {
  const { requests } = read("input.json") as { readonly requests: readonly { readonly requestBase64: string }[] };
  const ingest = createIngest({
    writer,
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
