import { WireWriter, writeBoolKeyValue, writeStringKeyValue } from "@spoor/span-wire";

/** Field numbers of Jaeger's Span, its Log and its Process. */
export const SPAN = { operationName: 3, tags: 8, logs: 9 } as const;
export const LOG = { fields: 2 } as const;
export const PROCESS = { serviceName: 1, tags: 2 } as const;

/** Numbers of OTLP's SpanKind. */
export const KIND = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

/** Numbers of OTLP's StatusCode. */
export const STATUS = { unset: 0, ok: 1, error: 2 } as const;

/** The tag OpenTelemetry's Zipkin translator marks a span with that has no start. */
export const START_TIME_ABSENT = "otel.zipkin.absentField.startTime";

function encoded(write: (out: WireWriter) => void): Uint8Array {
  const out = new WireWriter(64);
  write(out);
  return out.finish();
}

const KIND_TAGS: readonly (Uint8Array | undefined)[] = [
  undefined,
  ...["internal", "server", "client", "producer", "consumer"].map((kind) =>
    encoded((out) => writeStringKeyValue(out, SPAN.tags, "span.kind", kind)),
  ),
];

const STATUS_TAGS: readonly (Uint8Array | undefined)[] = [
  undefined,
  encoded((out) => writeStringKeyValue(out, SPAN.tags, "otel.status_code", "OK")),
  encoded((out) => {
    writeStringKeyValue(out, SPAN.tags, "otel.status_code", "ERROR");
    writeBoolKeyValue(out, SPAN.tags, "error", true);
  }),
];

const NO_START_TAG: Uint8Array = encoded((out) => writeBoolKeyValue(out, SPAN.tags, START_TIME_ABSENT, true));

/** The tag `span.kind`; a number that no kind has gives none. */
export function writeKind(out: WireWriter, kind: number): void {
  writeEncoded(out, KIND_TAGS[kind]);
}

/** The tags of a status; a code that v1 does not know gives none. */
export function writeStatus(out: WireWriter, code: number, message: string): void {
  writeEncoded(out, STATUS_TAGS[code]);
  if (message !== "") writeStringKeyValue(out, SPAN.tags, "otel.status_description", message);
}

export function writeStartAbsent(out: WireWriter): void {
  writeEncoded(out, NO_START_TAG);
}

function writeEncoded(out: WireWriter, tag: Uint8Array | undefined): void {
  if (tag !== undefined) out.raw(tag, 0, tag.length);
}
