import { readFileSync } from "node:fs";

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
