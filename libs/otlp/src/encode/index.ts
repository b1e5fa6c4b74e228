import type { Span } from "@spoor/span-model";
import { groupSpans } from "./group.ts";
import { tracesJson } from "./json.ts";
import { tracesProtobuf } from "./protobuf.ts";

/** Spans as OpenTelemetry's TracesData in protobuf, by resource (process) and scope, as v1's query API v3 streams them. */
export function encodeOtlpProtobuf(spans: readonly Span[]): Uint8Array {
  return tracesProtobuf(groupSpans(spans));
}

/** Like {@link encodeOtlpProtobuf} as OTLP/JSON: `{"resourceSpans":[…]}`, or `{}` without spans. */
export function encodeOtlpJson(spans: readonly Span[]): string {
  return tracesJson(groupSpans(spans));
}
