import { DEFAULT_OTLP_LIMITS, decodeOtlpProtobuf, OtlpError } from "@spoor/otlp";
import type { EncodedSpan } from "@spoor/span-wire";
import { ZipkinError } from "./errors.ts";
import { DEFAULT_ZIPKIN_LIMITS, type ZipkinLimits } from "./limits.ts";
import { readV1Json } from "./v1/json.ts";
import { readV1Thrift } from "./v1/thrift.ts";
import { v1ToOtlp } from "./v1/to-otlp.ts";
import { readV2Json } from "./v2/json.ts";
import { readV2Protobuf } from "./v2/protobuf.ts";
import { v2ToOtlp } from "./v2/to-otlp.ts";

export interface ZipkinOptions {
  readonly limits?: ZipkinLimits;
  /** Microseconds since the epoch: the start of a v1 JSON span that has no time at all. */
  readonly nowUs?: () => number;
}

/** Decodes one body into spans that share a new buffer; throws {@link ZipkinError} for the whole of it. */
export type ZipkinDecoder = (body: Uint8Array, options?: ZipkinOptions) => EncodedSpan[];

/**
 * v1's Zipkin port goes Zipkin -> OTLP -> Jaeger (OpenTelemetry's receiver). So does this: all rules of the second step, sanitisers
 * included, are those of OTLP.
 */
export const decodeZipkinV1Json: ZipkinDecoder = (body, { limits = DEFAULT_ZIPKIN_LIMITS, nowUs = wallClockUs } = {}) =>
  toJaeger(v1ToOtlp(readV1Json(body, limits), body.length, nowUs), limits);

export const decodeZipkinV1Thrift: ZipkinDecoder = (
  body,
  { limits = DEFAULT_ZIPKIN_LIMITS, nowUs = wallClockUs } = {},
) => toJaeger(v1ToOtlp(readV1Thrift(body, limits), body.length, nowUs), limits);

export const decodeZipkinV2Json: ZipkinDecoder = (body, { limits = DEFAULT_ZIPKIN_LIMITS } = {}) =>
  toJaeger(v2ToOtlp(readV2Json(body, limits), body.length), limits);

export const decodeZipkinV2Protobuf: ZipkinDecoder = (body, { limits = DEFAULT_ZIPKIN_LIMITS } = {}) =>
  toJaeger(v2ToOtlp(readV2Protobuf(body, limits), body.length), limits);

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

function toJaeger(request: Uint8Array, { maxSpans }: ZipkinLimits): EncodedSpan[] {
  try {
    return decodeOtlpProtobuf(request, { ...DEFAULT_OTLP_LIMITS, maxSpans });
  } catch (error) {
    if (!(error instanceof OtlpError)) throw error;
    throw new ZipkinError(error.code === "LIMIT_EXCEEDED" ? "LIMIT_EXCEEDED" : "MALFORMED", error.message, {
      cause: error,
    });
  }
}
