import { type KeyValue, type Process, parentReference, type Span, type SpanReference } from "@spoor/span-model";
import { Attributes, type OtlpAttribute } from "./attributes.ts";
import { takeStatus } from "./status.ts";

/** A span in OTLP's terms, before it is written as protobuf or JSON. Ids are hex; the zero id is "". Times are nanoseconds. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** Number of SpanKind. */
  readonly kind: number;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly attributes: readonly OtlpAttribute[];
  readonly events: readonly OtlpEvent[];
  readonly links: readonly OtlpLink[];
  readonly status: { readonly message: string /** Number of StatusCode. */; readonly code: number };
}

export interface OtlpEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: readonly OtlpAttribute[];
}

export interface OtlpLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly OtlpAttribute[];
}

const KINDS: ReadonlyMap<string, number> = new Map([
  ["internal", 1],
  ["server", 2],
  ["client", 3],
  ["producer", 4],
  ["consumer", 5],
]);

/** v1 keeps the warnings of a span under this key. */
const WARNINGS = "@jaeger@warnings";

/**
 * The attributes of a process's resource. v1's names for a host and a client version become OpenTelemetry's
 * (contrib `pkg/translator/jaeger/jaegerproto_to_traces.go`, as everything here).
 */
export function resourceAttributes(process: Process): readonly OtlpAttribute[] {
  if (process.serviceName === "OTLPResourceNoServiceName") return [];
  const attributes = new Attributes();
  if (process.serviceName !== "") attributes.set("service.name", { type: "string", value: process.serviceName });
  attributes.setAll(process.tags);
  const hostname = attributes.get("hostname");
  if (hostname !== undefined && attributes.get("host.name") === undefined) {
    attributes.set("host.name", hostname);
    attributes.delete("hostname");
  }
  const version = attributes.get("jaeger.version");
  if (version !== undefined && attributes.get("opencensus.exporterversion") === undefined) {
    const text = version.type === "string" ? version.value : "";
    attributes.set("opencensus.exporterversion", { type: "string", value: `Jaeger-${text}` });
    attributes.delete("jaeger.version");
  }
  return attributes.list();
}

export interface Scope {
  readonly name: string;
  readonly version: string;
}

/** The scope a span's tags name, and its other tags. `otel.library.*` are the older names. */
export function takeScope(tags: readonly KeyValue[]): { readonly scope: Scope; readonly tags: readonly KeyValue[] } {
  for (const prefix of ["otel.scope.", "otel.library."]) {
    const name = tags.find((tag) => tag.key === `${prefix}name`);
    if (name === undefined) continue;
    const version = tags.find((tag) => tag.key === `${prefix}version`);
    return {
      scope: { name: textOf(name), version: version === undefined ? "" : textOf(version) },
      tags: tags.filter((tag) => tag !== name && tag !== version),
    };
  }
  return { scope: { name: "", version: "" }, tags };
}

function textOf(tag: KeyValue): string {
  return tag.type === "string" ? tag.value : "";
}

/** `tags` are the span's without those of its scope. */
export function toOtlpSpan(span: Span, tags: readonly KeyValue[]): OtlpSpan {
  const attributes = new Attributes();
  attributes.setAll(tags);
  const kind = KINDS.get(attributes.takeText("span.kind") ?? "") ?? 0;
  const status = takeStatus(attributes, kind);
  const traceState = attributes.takeText("w3c.tracestate") ?? "";
  if (span.warnings.length > 0) attributes.set(WARNINGS, { type: "strings", value: span.warnings });
  const parent = parentReference(span.traceId, span.references);
  const parentSpanId = parent === undefined ? "" : idText(parent.spanId);
  return {
    traceId: idText(span.traceId),
    spanId: idText(span.spanId),
    traceState,
    parentSpanId,
    name: span.operationName,
    kind,
    startTimeUnixNano: BigInt.asUintN(64, span.startTimeNs),
    endTimeUnixNano: BigInt.asUintN(64, span.startTimeNs + span.durationNs),
    attributes: attributes.list(),
    events: span.logs.map((log) => toEvent(log.timestampNs, log.fields)),
    links: span.references.filter((reference) => !isParent(reference, parentSpanId)).map(toLink),
    status,
  };
}

/** As v1, any CHILD_OF with the parent's span id counts as the parent, whatever its trace. */
function isParent(reference: SpanReference, parentSpanId: string): boolean {
  return reference.type === "CHILD_OF" && idText(reference.spanId) === parentSpanId;
}

function toLink(reference: SpanReference): OtlpLink {
  const value = reference.type === "CHILD_OF" ? "child_of" : "follows_from";
  return {
    traceId: idText(reference.traceId),
    spanId: idText(reference.spanId),
    attributes: [{ key: "opentracing.ref_type", value: { type: "string", value } }],
  };
}

function toEvent(timestampNs: bigint, fields: readonly KeyValue[]): OtlpEvent {
  const attributes = new Attributes();
  attributes.setAll(fields);
  const name = attributes.takeText("event") ?? "";
  return { timeUnixNano: BigInt.asUintN(64, timestampNs), name, attributes: attributes.list() };
}

/** OTLP has no zero ids: they are empty. */
function idText(id: string): string {
  return /^0*$/.test(id) ? "" : id;
}
