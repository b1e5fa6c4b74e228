import { type KeyValue, type Process, SPAN_FLAGS, type Span, type SpanReference } from "@spoor/span-model";
import { type EncodedSpan, encodeSpans, SpanWireError, valueText } from "@spoor/span-wire";
import { ThriftError } from "./errors.ts";
import type {
  ZipkinCoreAnnotation,
  ZipkinCoreBinaryAnnotation,
  ZipkinCoreEndpoint,
  ZipkinCoreSpan,
} from "./zipkin-core.ts";
import { sanitizeZipkinSpan } from "./zipkin-core-sanitize.ts";
import { annotationToFields, annotationToTag } from "./zipkin-core-values.ts";

/** Annotations that mark a side of a call, and the span kind each stands for. */
const SPAN_KINDS: ReadonlyMap<string, string> = new Map([
  ["cs", "client"],
  ["cr", "client"],
  ["ss", "server"],
  ["sr", "server"],
]);
/** Tags that describe the process, with the names they get there. */
const PROCESS_TAGS: ReadonlyMap<string, string> = new Map([
  ["jaegerClient", "jaeger.version"],
  ["jaeger.hostname", "hostname"],
  ["jaeger.version", "jaeger.version"],
]);
const ADDRESSES: ReadonlySet<string> = new Set(["sa", "ca", "ma"]);
const LOCAL_COMPONENT = "lc";

/**
 * Converts Zipkin spans as v1's agent does (jaegertracing/jaeger `model/converter/thrift/zipkin/to_domain.go`): sanitised, one with both
 * `cs` and `sr` as two spans. A span that names no service refuses the whole batch (`NO_SERVICE_NAME`), as in v1.
 */
export function zipkinToJaeger(spans: readonly ZipkinCoreSpan[]): EncodedSpan[] {
  const processes = new Map<string, Process>();
  const converted = spans.flatMap((span) => convertSpan(sanitizeZipkinSpan(span), processes));
  try {
    return encodeSpans(converted);
  } catch (error) {
    if (!(error instanceof SpanWireError)) throw error;
    throw new ThriftError("INVALID_TIME", error.message, { cause: error });
  }
}

function convertSpan(span: ZipkinCoreSpan, processes: Map<string, Process>): Span[] {
  const traceId = hex64(span.traceIdHigh ?? 0n) + hex64(span.traceId);
  const references: SpanReference[] = span.parentId
    ? [{ type: "CHILD_OF", traceId, spanId: hex64(span.parentId) }]
    : [];
  const kind = span.annotations.map(({ value }) => SPAN_KINDS.get(value)).find((name) => name !== undefined);
  const { startUs, durationUs } = timesOf(span);
  const common = {
    traceId,
    spanId: hex64(span.id),
    operationName: span.name,
    references,
    flags: span.debug ? SPAN_FLAGS.debug : 0,
    process: sharedProcess(span, processes),
    warnings: [],
  };
  const first: Span = {
    ...common,
    startTimeNs: startUs * 1000n,
    durationNs: durationToNs(durationUs),
    tags: [...spanTags(span.binaryAnnotations), ...(kind === undefined ? [] : [kindTag(kind)])],
    logs: span.annotations.filter(isEvent).map((annotation) => ({
      timestampNs: annotation.timestampUs * 1000n,
      fields: annotationToFields(annotation.value),
    })),
  };
  const clientSend = find(span, "cs");
  const serverReceive = find(span, "sr");
  if (clientSend === undefined || serverReceive === undefined) return [first];
  // One Zipkin span for both sides of a call: the second side becomes a span of its own.
  const ownKind = first.tags.find(({ key }) => key === "span.kind");
  const isClient = ownKind !== undefined && valueText(ownKind) === "client";
  const begin = isClient ? serverReceive : clientSend;
  const end = find(span, isClient ? "ss" : "cr");
  const second: Span = {
    ...common,
    startTimeNs: begin.timestampUs * 1000n,
    durationNs: end === undefined ? 0n : durationToNs(end.timestampUs - begin.timestampUs),
    tags: [kindTag(isClient ? "server" : "client")],
    logs: [],
  };
  return [first, second];
}

/** A missing start is that of `cs` with `cr`, else of `sr` with `ss`. */
function timesOf(span: ZipkinCoreSpan): { readonly startUs: bigint; readonly durationUs: bigint } {
  const startUs = span.timestampUs ?? 0n;
  const durationUs = span.durationUs ?? 0n;
  if (startUs !== 0n) return { startUs, durationUs };
  const clientSend = find(span, "cs");
  const begin = clientSend ?? find(span, "sr");
  if (begin === undefined) return { startUs, durationUs };
  const end = find(span, clientSend === undefined ? "ss" : "cr");
  const measured = end === undefined || durationUs !== 0n ? durationUs : end.timestampUs - begin.timestampUs;
  return { startUs: begin.timestampUs, durationUs: measured };
}

function spanTags(annotations: readonly ZipkinCoreBinaryAnnotation[]): KeyValue[] {
  return annotations.flatMap((annotation): KeyValue[] => {
    const { key, host } = annotation;
    if (PROCESS_TAGS.has(key)) return [];
    if (key === LOCAL_COMPONENT) {
      return [{ key: "component", type: "string", value: Buffer.from(annotation.value).toString("utf8") }];
    }
    if (ADDRESSES.has(key)) return host === undefined ? [] : peerTags(host);
    return [annotationToTag(annotation)];
  });
}

function peerTags({ serviceName, ipv4, ipv6, port }: ZipkinCoreEndpoint): KeyValue[] {
  const tags: KeyValue[] = [{ key: "peer.service", type: "string", value: serviceName }];
  if (ipv4 !== 0) tags.push({ key: "peer.ipv4", type: "int64", value: BigInt(ipv4 >>> 0) });
  if (ipv6 !== undefined) tags.push({ key: "peer.ipv6", type: "binary", value: ipv6 });
  if (port !== 0) tags.push({ key: "peer.port", type: "int64", value: BigInt(port & 0xffff) });
  return tags;
}

/** Equal processes of one batch are the same object, so that their spans share an EncodedProcess. */
function sharedProcess(span: ZipkinCoreSpan, processes: Map<string, Process>): Process {
  const process = processOf(span);
  const key = JSON.stringify([
    process.serviceName,
    process.tags.map((tag) => [tag.key, tag.type, tag.type === "unknown" ? tag.code : String(tag.value)]),
  ]);
  const known = processes.get(key);
  if (known !== undefined) return known;
  processes.set(key, process);
  return process;
}

function processOf(span: ZipkinCoreSpan): Process {
  const host = serviceHost(span);
  const tags = span.binaryAnnotations.flatMap((annotation): KeyValue[] => {
    const key = PROCESS_TAGS.get(annotation.key);
    return key === undefined ? [] : [{ ...annotationToTag(annotation), key }];
  });
  // Signed, as v1 has it: an address from 128.0.0.0 on becomes negative.
  if (host.ipv4 !== 0) tags.push({ key: "ip", type: "int64", value: BigInt(host.ipv4) });
  return { serviceName: host.serviceName, tags };
}

/** The endpoint that names the service: of a core annotation, else of `lc`, else of any annotation, else of any binary one. */
function serviceHost(span: ZipkinCoreSpan): ZipkinCoreEndpoint {
  const { annotations, binaryAnnotations } = span;
  const names = ({ host }: { readonly host: ZipkinCoreEndpoint | undefined }) => (host?.serviceName ?? "") !== "";
  const host = (
    annotations.find((annotation) => SPAN_KINDS.has(annotation.value) && names(annotation)) ??
    binaryAnnotations.find((annotation) => annotation.key === LOCAL_COMPONENT && names(annotation)) ??
    annotations.find(names) ??
    binaryAnnotations.find(names)
  )?.host;
  if (host !== undefined) return host;
  const traceId = BigInt.asUintN(64, span.traceId).toString(16);
  const spanId = BigInt.asUintN(64, span.id).toString(16);
  throw new ThriftError(
    "NO_SERVICE_NAME",
    `cannot find service name in Zipkin span [traceID=${traceId}, spanID=${spanId}]`,
  );
}

function isEvent({ value }: ZipkinCoreAnnotation): boolean {
  return value !== "" && !SPAN_KINDS.has(value);
}

function find(span: ZipkinCoreSpan, value: string): ZipkinCoreAnnotation | undefined {
  return span.annotations.find((annotation) => annotation.value === value);
}

function kindTag(kind: string): KeyValue {
  return { key: "span.kind", type: "string", value: kind };
}

function hex64(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).padStart(16, "0");
}

/** Go multiplies in 64 bits, which wraps around. */
function durationToNs(us: bigint): bigint {
  return BigInt.asIntN(64, us * 1000n);
}
