import type { WireWriter } from "@spoor/span-wire";
import { type AttributeValue, writeAttribute } from "../otlp/attributes.ts";
import { KIND, SPAN, START_TIME_ABSENT, writeHex, writeNanos, writeNumber, writeStatus } from "../otlp/fields.ts";
import { RequestBuilder, type ResourceAttributes } from "../otlp/request-builder.ts";
import type { V1Annotation, V1BinaryAnnotation, V1Endpoint, V1Span } from "./span.ts";
import { V1Status } from "./status.ts";

const UNKNOWN_SERVICE = "unknown-service";

/** The kind that core annotations tell: client and server send and receive, message send and receive. */
const KINDS: ReadonlyMap<string, number> = new Map([
  ["cs", KIND.client],
  ["cr", KIND.client],
  ["sr", KIND.server],
  ["ss", KIND.server],
  ["ms", KIND.producer],
  ["mr", KIND.consumer],
]);

/**
 * Zipkin v1 spans as an OTLP request, by the rules of OpenTelemetry's translator (contrib `zipkinv1/json.go`, `thrift.go`): core
 * annotations give kind, service and, where the span has none, times; other annotations become events, binary ones attributes.
 */
export function v1ToOtlp(spans: readonly V1Span[], byteLength: number, nowUs: () => number): Uint8Array {
  const request = new RequestBuilder(byteLength + 256);
  for (const span of spans) {
    request.beginSpan();
    const endpoint = writeSpan(request.span, span, nowUs);
    const key = JSON.stringify([endpoint.serviceName, endpoint.ipv4, endpoint.ipv6, endpoint.port]);
    request.endSpan(key, () => resourceOf(endpoint));
  }
  return request.finish();
}

function resourceOf(endpoint: V1Endpoint): ResourceAttributes {
  const attributes: [string, string][] = [["service.name", endpoint.serviceName]];
  if (endpoint.ipv4 !== "") attributes.push(["ipv4", endpoint.ipv4]);
  if (endpoint.ipv6 !== "") attributes.push(["ipv6", endpoint.ipv6]);
  if (endpoint.port !== 0) attributes.push(["port", String(endpoint.port)]);
  return attributes;
}

/** Writes the span's fields; gives the endpoint that reported it. */
function writeSpan(out: WireWriter, span: V1Span, nowUs: () => number): V1Endpoint {
  const core = readCore(span.annotations);
  const { attributes, status, serviceName } = readBinary(span.binaryAnnotations);
  writeHex(out, SPAN.traceId, span.traceId);
  writeHex(out, SPAN.spanId, span.id);
  if (span.parentId !== undefined) writeHex(out, SPAN.parentSpanId, span.parentId);
  if (typeof span.name !== "string") out.bytesField(SPAN.name, span.name, 0, span.name.length);
  else if (span.name !== "") out.stringField(SPAN.name, span.name);
  writeNumber(out, SPAN.kind, core.kind);
  for (const [key, value] of attributes) writeAttribute(out, SPAN.attributes, key, value);
  writeTimes(out, span, core, nowUs);
  writeStatus(out, status.code, status.message);
  for (const { timestampUs, value } of core.events) {
    const mark = out.begin(SPAN.events);
    writeNanos(out, 1, fromEpoch(timestampUs));
    out.stringField(2, value);
    out.end(mark);
  }
  if (core.endpoint !== undefined) return core.endpoint;
  return { serviceName: serviceName === "" ? UNKNOWN_SERVICE : serviceName, ipv4: "", ipv6: "", port: 0 };
}

function writeTimes(out: WireWriter, span: V1Span, core: Core, nowUs: () => number): void {
  let start = fromEpoch(core.first);
  let end = fromEpoch(core.last);
  if (span.timestampUs !== undefined) {
    start = fromEpoch(span.timestampUs);
    end = fromEpoch(span.timestampUs + span.durationUs);
  }
  if (start === 0n && span.startsNowWithoutTime) {
    start = end = BigInt(nowUs());
    writeAttribute(out, SPAN.attributes, START_TIME_ABSENT, true);
  }
  writeNanos(out, SPAN.startTime, start);
  writeNanos(out, SPAN.endTime, end);
}

/** Times before 1970 count as none. */
function fromEpoch(micros: bigint | undefined): bigint {
  return micros === undefined || micros < 0n ? 0n : micros;
}

interface Core {
  /** Of the first core annotation that names a service. */
  readonly endpoint: V1Endpoint | undefined;
  readonly kind: number;
  /** Earliest and latest of all annotations. */
  readonly first: bigint | undefined;
  readonly last: bigint | undefined;
  /** Annotations that are not core. */
  readonly events: readonly V1Annotation[];
}

function readCore(annotations: readonly V1Annotation[]): Core {
  let endpoint: V1Endpoint | undefined;
  let kind: number | undefined;
  let first: bigint | undefined;
  let last: bigint | undefined;
  const events: V1Annotation[] = [];
  for (const annotation of annotations) {
    if (annotation.value === "") continue;
    const { timestampUs } = annotation;
    if (first === undefined || timestampUs < first) first = timestampUs;
    if (last === undefined || timestampUs > last) last = timestampUs;
    const kindHere = KINDS.get(annotation.value);
    if (kindHere === undefined) {
      events.push(annotation);
      continue;
    }
    kind ??= kindHere;
    const service = annotation.endpoint?.serviceName ?? "";
    if (endpoint === undefined && service !== "" && service !== UNKNOWN_SERVICE) endpoint = annotation.endpoint;
  }
  return { endpoint, kind: kind ?? KIND.unspecified, first, last, events };
}

function readBinary(annotations: readonly V1BinaryAnnotation[]) {
  const attributes = new Map<string, AttributeValue>();
  const status = new V1Status();
  let serviceName = "";
  let component = "";
  for (const annotation of annotations) {
    if (annotation.serviceName !== undefined) serviceName = annotation.serviceName;
    let { key } = annotation;
    if (key === "lc") {
      key = "component";
      component = annotation.text;
    }
    if (!status.take(key, annotation.value)) attributes.set(key, annotation.value);
  }
  return { attributes, status: status.result(), serviceName: serviceName === "" ? component : serviceName };
}
