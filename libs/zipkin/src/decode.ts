import type { EncodedSpan } from "@spoor/span-wire";
import { ZipkinError } from "./errors.ts";
import { DEFAULT_ZIPKIN_LIMITS, type ZipkinLimits } from "./limits.ts";
import { readV1Json } from "./v1/json.ts";
import type { V1Span } from "./v1/span.ts";
import { readV1Thrift } from "./v1/thrift.ts";
import { V1SpanWriter } from "./v1/writer.ts";
import { readV2Json } from "./v2/json.ts";
import { readV2Protobuf } from "./v2/protobuf.ts";
import { V2SpanWriter } from "./v2/writer.ts";

export interface ZipkinOptions {
  readonly limits?: ZipkinLimits;
  /** Microseconds since the epoch: the start of a v1 JSON span that has no time at all. */
  readonly nowUs?: () => number;
}

/** Decodes one body into spans that share a new buffer; throws `ZipkinError` for the whole of it. */
export type ZipkinDecoder = (body: Uint8Array, options?: ZipkinOptions) => EncodedSpan[];

/**
 * v1's Zipkin port goes Zipkin -> OTLP -> Jaeger (OpenTelemetry's receiver and translators). The writers follow the rules of both steps, v1's
 * sanitisers included, in one.
 */
export const decodeZipkinV1Json: ZipkinDecoder = (body, { limits = DEFAULT_ZIPKIN_LIMITS, nowUs = wallClockUs } = {}) =>
  writeV1(readV1Json(body, limits), body.length, limits, nowUs);

export const decodeZipkinV1Thrift: ZipkinDecoder = (
  body,
  { limits = DEFAULT_ZIPKIN_LIMITS, nowUs = wallClockUs } = {},
) => writeV1(readV1Thrift(body, limits), body.length, limits, nowUs);

export const decodeZipkinV2Json: ZipkinDecoder = (body, { limits = DEFAULT_ZIPKIN_LIMITS } = {}) => {
  const writer = new V2SpanWriter(body.length);
  readV2Json(body, limits, (span) => writer.write(span));
  return writer.finish();
};

export const decodeZipkinV2Protobuf: ZipkinDecoder = (body, { limits = DEFAULT_ZIPKIN_LIMITS } = {}) => {
  const writer = new V2SpanWriter(body.length);
  readV2Protobuf(body, limits, (span) => writer.write(span));
  return writer.finish();
};

/**
 * The decoder v1 uses for a request: any path that contains `api/v1/spans` is v1, every other v2; the content type must be exactly that of
 * Thrift (v1) or protobuf (v2), anything else is JSON.
 */
export function zipkinDecoder(path: string, contentType: string | undefined): ZipkinDecoder {
  if (path.includes("api/v1/spans")) {
    return contentType === "application/x-thrift" ? decodeZipkinV1Thrift : decodeZipkinV1Json;
  }
  return contentType === "application/x-protobuf" ? decodeZipkinV2Protobuf : decodeZipkinV2Json;
}

function wallClockUs(): number {
  return Date.now() * 1000;
}

function writeV1(
  spans: readonly V1Span[],
  byteLength: number,
  { maxSpanElements }: ZipkinLimits,
  nowUs: () => number,
): EncodedSpan[] {
  const writer = new V1SpanWriter(byteLength, nowUs);
  for (const span of spans) {
    if (span.annotations.length > maxSpanElements || span.binaryAnnotations.length > maxSpanElements) {
      throw new ZipkinError("LIMIT_EXCEEDED", `more than ${maxSpanElements} annotations in one span`);
    }
    writer.write(span);
  }
  return writer.finish();
}
