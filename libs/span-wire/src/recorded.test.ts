import { readFileSync } from "node:fs";
import { comparableSpans, recordedSpans, type V1Trace } from "@spoor/span-testkit";
import { describe, expect, it } from "vitest";
import { decodeSpan } from "./decode.ts";
import { encodeSpans } from "./encode.ts";
import { SpanWireError } from "./errors.ts";
import { scanPostSpansRequest } from "./scan.ts";

interface RecordedRequest {
  readonly name: string;
  /** A PostSpansRequest as a client sent it, in base64. */
  readonly request: string;
  /** What v1.67.0 answered when it could not read it. */
  readonly error?: string;
  /** What v1.67.0 showed of it afterwards. */
  readonly traces?: readonly V1Trace[];
}

const recorded: readonly RecordedRequest[] = JSON.parse(
  readFileSync(new URL("./fixtures/post-spans.json", import.meta.url), "utf8"),
);
const accepted = recorded.filter((entry) => entry.error === undefined);
const refused = recorded.filter((entry) => entry.error !== undefined);
/** Cases whose spans never reached v1's answer or were replaced on the way: zero trace ids, no process at all. */
const NOT_SHOWN = new Set(["no-trace-id", "zero-ids", "missing-process", "float-nan", "float-inf"]);

describe("requests recorded from clients of v1", () => {
  it.each(refused.map((entry) => [entry.name, entry] as const))("are refused with v1's words: %s", (_name, entry) => {
    let message: string | undefined;
    try {
      scanPostSpansRequest(Buffer.from(entry.request, "base64"));
    } catch (error) {
      message = error instanceof SpanWireError ? error.message : undefined;
    }
    expect(message).toBe(entry.error);
  });

  it.each(accepted.map((entry) => [entry.name, entry] as const))("hold the spans that v1 shows: %s", (name, entry) => {
    const spans = scanPostSpansRequest(Buffer.from(entry.request, "base64")).map(decodeSpan);
    if (!NOT_SHOWN.has(name)) expect(comparableSpans(spans)).toEqual(recordedSpans(entry.traces ?? []));
    // Go's writer drops the sign of zero.
    if (name !== "float-values") expect(encodeSpans(spans).map(decodeSpan)).toEqual(spans);
  });
});
