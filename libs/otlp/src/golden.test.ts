import { readFileSync } from "node:fs";
import * as zlib from "node:zlib";
import { formatTraceId } from "@spoor/span-model";
import { comparableSpans, recordedSpans, type V1Trace } from "@spoor/span-testkit";
import { decodeSpan, type EncodedSpan, readTraceId } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { decodeOtlpJson, decodeOtlpProtobuf, decodeOtlpTracesData } from "./decode.ts";
import { OtlpError } from "./errors.ts";

interface Recorded {
  readonly name: string;
  /** Base64. */
  readonly request: string;
  readonly encoding?: string;
  /** HTTP status; absent for gRPC, which has `code`. */
  readonly status?: number;
  readonly code?: number;
  readonly reply?: string;
  readonly replyBase64?: string;
  readonly traces?: readonly { readonly id: string; readonly status: number; readonly trace: V1Trace | null }[];
}

function recorded<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8")) as T[];
}

function bodyOf(example: { readonly request: string; readonly encoding?: string }): Uint8Array {
  const body = Buffer.from(example.request, "base64");
  if (body[0] === 0x1f && body[1] === 0x8b) return zlib.gunzipSync(body);
  return example.encoding === undefined ? body : zlib.inflateSync(body);
}

function errorOf(action: () => unknown): OtlpError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(OtlpError);
    return error as OtlpError;
  }
  throw new Error("expected an error");
}

function traceOf(spans: readonly EncodedSpan[], traceId: string): readonly string[] {
  return comparableSpans(spans.filter((span) => formatTraceId(readTraceId(span)) === traceId).map(decodeSpan));
}

const FORMATS = [
  ["otlp-grpc", decodeOtlpProtobuf],
  ["otlp-http-proto", decodeOtlpProtobuf],
  ["otlp-http-json", decodeOtlpJson],
] as const;

describe.each(FORMATS)("what v1 made of recorded %s requests", (file, decode) => {
  // The third of these fails before it is decoded, in the decompressor.
  const examples = recorded<Recorded>(file).filter(({ name }) => name !== "deflate-raw");
  const refused = examples.filter(({ status, code }) => (status ?? 200) !== 200 || (code ?? 0) !== 0);
  const accepted = examples.filter((example) => !refused.includes(example));

  it.each(accepted)("$name is decoded to the same trace", (example) => {
    const spans = decode(bodyOf(example));
    for (const { id, status, trace } of example.traces ?? []) {
      if (trace !== null) expect(traceOf(spans, id)).toEqual(recordedSpans([trace], { withoutFormatTag: true }));
      // v1 could not show NaN; what was in another field than spans is not there.
      else if (status === 404) expect(traceOf(spans, id)).toEqual([]);
    }
  });

  it.each(refused)("$name is refused with the same text", (example) => {
    const { message } = errorOf(() => decode(bodyOf(example)));
    if (example.status === undefined) expect(`grpc: error unmarshalling request: ${message}`).toBe(example.reply);
    else if (example.reply !== undefined) expect({ code: 3, message }).toEqual(JSON.parse(example.reply));
    else expect(Buffer.from(example.replyBase64 ?? "", "base64").toString()).toContain(message);
  });
});

describe("bad OTLP over HTTP", () => {
  it.each(recorded<Recorded>("otlp-http-errors"))("$name is answered as v1 does", (example) => {
    const decode = example.name.startsWith("json") ? decodeOtlpJson : decodeOtlpProtobuf;
    if (example.status === 200) {
      expect(decode(bodyOf(example))).toEqual([]);
      return;
    }
    const { message } = errorOf(() => decode(bodyOf(example)));
    if (example.reply !== undefined) expect({ code: 3, message }).toEqual(JSON.parse(example.reply));
    else expect(Buffer.from(example.replyBase64 ?? "", "base64").toString()).toContain(message);
  });
});

interface Transformed {
  readonly name: string;
  readonly request: string;
  readonly status: number;
  readonly data?: readonly V1Trace[];
  readonly reply?: string;
}

describe("TracesData for v1's /api/transform", () => {
  it.each(recorded<Transformed>("transform"))("$name gives the same traces or the same error", (example) => {
    const body = bodyOf(example);
    if (example.status === 400) {
      const { message } = errorOf(() => decodeOtlpTracesData(body));
      expect(`cannot unmarshal OTLP : ${message}`).toBe(example.reply);
      return;
    }
    const spans = decodeOtlpTracesData(body);
    for (const trace of example.data ?? [])
      expect(traceOf(spans, trace.traceID)).toEqual(recordedSpans([trace], { withoutFormatTag: true }));
  });
});

describe("NaN", () => {
  it("is a value like any other, though v1 could not show it", () => {
    const example = recorded<Recorded>("otlp-grpc").find(({ name }) => name === "attrs-nan");
    const spans = decodeOtlpProtobuf(bodyOf(example ?? { request: "" }));
    expect(spans.map(decodeSpan)[0]?.tags).toContainEqual({ key: "nan", type: "float64", value: Number.NaN });
  });
});
