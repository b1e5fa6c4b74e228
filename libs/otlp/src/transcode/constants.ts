import { WireWriter, writeBoolKeyValue, writeStringKeyValue } from "@spoor/span-wire";

/** Field number of `tags` in Span. */
export const SPAN_TAGS = 8;

const encoder = new TextEncoder();

export const KEY_SERVICE_NAME = encoder.encode("service.name");
export const KEY_EVENT = encoder.encode("event");
export const KEY_REF_TYPE = encoder.encode("opentracing.ref_type");
export const REF_TYPE_CHILD_OF = encoder.encode("child_of");

/** Names v1 puts in the place of a service name (`internal/jptrace/sanitizer`); the last is ours, v1 has "" there. */
export const MISSING_SERVICE_NAME = "missing-service-name";
export const EMPTY_SERVICE_NAME = "empty-service-name";
export const SERVICE_NAME_WRONG_TYPE = "service-name-wrong-type";
export const INVALID_SERVICE_NAME = "invalid-service-name";
/** What v1 shows for a resource without a service name where nothing sanitises, as in `/api/transform`. */
export const NO_SERVICE_NAME = "OTLPResourceNoServiceName";

/** Span name and tag key in the place of a name that is not UTF-8. */
export const INVALID_SPAN_NAME = "invalid-span-name";

function stringTag(key: string, value: string): Uint8Array {
  const writer = new WireWriter(64);
  writeStringKeyValue(writer, SPAN_TAGS, key, value);
  return writer.finish();
}

/** The tag `span.kind`, by OTLP's SpanKind number. */
export const KIND_TAGS: readonly (Uint8Array | undefined)[] = [
  undefined,
  ...["internal", "server", "client", "producer", "consumer"].map((kind) => stringTag("span.kind", kind)),
];

function errorTags(): Uint8Array {
  const writer = new WireWriter(64);
  writeStringKeyValue(writer, SPAN_TAGS, "otel.status_code", "ERROR");
  writeBoolKeyValue(writer, SPAN_TAGS, "error", true);
  return writer.finish();
}

/** The tags of a status, by OTLP's StatusCode number. */
export const STATUS_TAGS: readonly (Uint8Array | undefined)[] = [
  undefined,
  stringTag("otel.status_code", "OK"),
  errorTags(),
];

export const KEY_STATUS_DESCRIPTION = encoder.encode("otel.status_description");
export const KEY_TRACE_STATE = encoder.encode("w3c.tracestate");
export const KEY_SCOPE_NAME = encoder.encode("otel.scope.name");
export const KEY_SCOPE_VERSION = encoder.encode("otel.scope.version");
