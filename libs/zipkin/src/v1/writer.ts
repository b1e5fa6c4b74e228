import {
  type EncodedProcess,
  type EncodedSpan,
  SpanBatchBuilder,
  type WireWriter,
  writeBinaryKeyValue,
} from "@spoor/span-wire";
import { type AttributeValue, writeAttribute } from "../wire/attributes.ts";
import { KIND, LOG, SPAN, writeKind, writeStartAbsent, writeStatus } from "../wire/fields.ts";
import { encodeProcess } from "../wire/process.ts";
import { writeLogTime, writeStartAndEnd } from "../wire/time.ts";
import type { V1Annotation, V1BinaryAnnotation, V1Endpoint, V1Span } from "./span.ts";
import { V1Status } from "./status.ts";

const UNKNOWN_SERVICE = "unknown-service";
const NO_PARENT = "0".repeat(16);
/** Name, and key of the tag with the bytes, of a span whose name is not UTF-8. */
const INVALID_SPAN_NAME = "invalid-span-name";

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
 * Writes Zipkin v1 spans as Jaeger's, by the rules of OpenTelemetry's translators, of which v1 runs two, Zipkin to OTLP and OTLP to Jaeger
 * (contrib `zipkinv1/json.go`, `thrift.go`, `jaeger/traces_to_jaegerproto.go`): core annotations give kind, service and, where the span has
 * none, times; other annotations become logs, binary ones tags.
 */
export class V1SpanWriter {
  readonly #builder: SpanBatchBuilder;
  readonly #processes = new Map<string, EncodedProcess>();
  readonly #nowUs: () => number;

  constructor(byteLength: number, nowUs: () => number) {
    this.#builder = new SpanBatchBuilder(byteLength + 256);
    this.#nowUs = nowUs;
  }

  finish(): EncodedSpan[] {
    return this.#builder.finish();
  }

  write(span: V1Span): void {
    const builder = this.#builder;
    const out = builder.writer;
    const core = readCore(span.annotations);
    const { attributes, status, serviceName } = readBinary(span.binaryAnnotations);
    builder.beginSpan(this.#process(core.endpoint ?? endpointOf(serviceName)));
    builder.traceIdHex(span.traceId);
    builder.spanIdHex(span.id);
    const { name, parentId } = span;
    if (typeof name !== "string") out.stringField(SPAN.operationName, INVALID_SPAN_NAME);
    else if (name !== "") out.stringField(SPAN.operationName, name);
    if (parentId !== undefined && parentId !== NO_PARENT) builder.referenceHex("CHILD_OF", span.traceId, parentId);
    const startIsAbsent = this.#writeTimes(out, span, core);
    for (const [key, value] of attributes) writeAttribute(out, SPAN.tags, key, value);
    if (startIsAbsent) writeStartAbsent(out);
    if (typeof name !== "string") writeBinaryKeyValue(out, SPAN.tags, INVALID_SPAN_NAME, name);
    writeKind(out, core.kind);
    writeStatus(out, status.code, status.message);
    for (const event of core.events) writeEvent(out, event);
    builder.endSpan();
  }

  #process(endpoint: V1Endpoint): EncodedProcess {
    const { serviceName, ipv4, ipv6, port } = endpoint;
    const attributes = new Map([["service.name", serviceName]]);
    if (ipv4 !== "") attributes.set("ipv4", ipv4);
    if (ipv6 !== "") attributes.set("ipv6", ipv6);
    if (port !== 0) attributes.set("port", String(port));
    const key = JSON.stringify([...attributes]);
    let process = this.#processes.get(key);
    if (process === undefined) {
      process = encodeProcess(attributes);
      this.#processes.set(key, process);
    }
    return process;
  }

  /** True when the span has no start and gets the time of now. */
  #writeTimes(out: WireWriter, span: V1Span, core: Core): boolean {
    let start = fromEpoch(core.first);
    let end = fromEpoch(core.last);
    if (span.timestampUs !== undefined) {
      start = fromEpoch(span.timestampUs);
      end = fromEpoch(span.timestampUs + span.durationUs);
    }
    const isAbsent = start === 0n && span.startsNowWithoutTime;
    if (isAbsent) start = end = BigInt(this.#nowUs());
    writeStartAndEnd(out, start, end);
    return isAbsent;
  }
}

function endpointOf(serviceName: string): V1Endpoint {
  return { serviceName: serviceName === "" ? UNKNOWN_SERVICE : serviceName, ipv4: "", ipv6: "", port: 0 };
}

function writeEvent(out: WireWriter, { timestampUs, value }: V1Annotation): void {
  const mark = out.begin(SPAN.logs);
  writeLogTime(out, fromEpoch(timestampUs));
  writeAttribute(out, LOG.fields, "event", value);
  out.end(mark);
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
