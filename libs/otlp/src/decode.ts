import type { EncodedSpan } from "@spoor/span-wire";
import { jsonToProtobuf } from "./json/request.ts";
import { DEFAULT_OTLP_LIMITS, type OtlpLimits } from "./limits.ts";
import { transcodeRequest } from "./transcode/request.ts";

/**
 * Spans of a protobuf ExportTraceServiceRequest as v1's OTLP receiver stores them, without any format tag. They share one new buffer;
 * nothing refers to `body` afterwards. Rejects the whole request with an {@link OtlpError}.
 */
export function decodeOtlpProtobuf(body: Uint8Array, limits: OtlpLimits = DEFAULT_OTLP_LIMITS): EncodedSpan[] {
  return transcodeRequest(body, { limits, sanitizeServiceName: true });
}

/** Like {@link decodeOtlpProtobuf} for OTLP/JSON (UTF-8). What follows the first JSON value is ignored, as in v1. */
export function decodeOtlpJson(body: Uint8Array | string, limits: OtlpLimits = DEFAULT_OTLP_LIMITS): EncodedSpan[] {
  return transcodeRequest(jsonToProtobuf(body, limits), { limits, sanitizeServiceName: true });
}

/**
 * Spans of TracesData in JSON, as v1's `/api/transform` reads it: the conversion alone, so that a resource without attributes has
 * the service name `OTLPResourceNoServiceName`, and one with others but no name has "".
 */
export function decodeOtlpTracesData(
  body: Uint8Array | string,
  limits: OtlpLimits = DEFAULT_OTLP_LIMITS,
): EncodedSpan[] {
  return transcodeRequest(jsonToProtobuf(body, limits), { limits, sanitizeServiceName: false });
}
