import type { ReferenceType } from "@spoor/span-model";
import {
  ByteCopier,
  decodeUtf8,
  type EncodedProcess,
  type EncodedSpan,
  NO_FIELDS,
  SpanBatchBuilder,
} from "@spoor/span-wire";
import { SPAN } from "../wire/fields.ts";
import { encodeProcess } from "../wire/process.ts";
import { writeTextField } from "../wire/text.ts";
import { writeStartAndDuration } from "../wire/time.ts";
import { writeEvents } from "./events.ts";
import { type Link, takeLinks } from "./links.ts";
import type { V2Span } from "./span.ts";
import { ROLE } from "./tag-role.ts";
import { writeTags } from "./tags.ts";

/**
 * Writes Zipkin v2 spans as Jaeger's, one by one, by the rules of OpenTelemetry's translators, of which v1 runs two, Zipkin to OTLP and OTLP
 * to Jaeger (contrib `zipkinv2/to_translator.go`, `jaeger/traces_to_jaegerproto.go`).
 */
export class V2SpanWriter {
  readonly #builder: SpanBatchBuilder;
  readonly #processes = new Map<string, EncodedProcess>();
  readonly #describedProcesses = new Map<string, EncodedProcess>();
  #source: Uint8Array = NO_FIELDS;
  #copier = new ByteCopier(NO_FIELDS);
  #lastService = "";
  #lastProcess: EncodedProcess | undefined;

  /** `byteLength` is the size of the message. */
  constructor(byteLength: number) {
    this.#builder = new SpanBatchBuilder(byteLength + 256);
  }

  finish(): EncodedSpan[] {
    return this.#builder.finish();
  }

  write(span: V2Span): void {
    if (span.bytes !== this.#source) {
      this.#source = span.bytes;
      this.#copier = new ByteCopier(span.bytes);
    }
    const builder = this.#builder;
    const out = builder.writer;
    builder.beginSpan(this.#process(span));
    builder.traceIdWords(span.traceId0, span.traceId1, span.traceId2, span.traceId3);
    builder.spanIdWords(span.idHigh, span.idLow);
    writeTextField(out, this.#copier, SPAN.operationName, span.nameStart, span.nameEnd);
    this.#writeReferences(span);
    writeStartAndDuration(out, span.startUs, span.durationUs);
    writeTags(out, this.#copier, span);
    writeEvents(out, this.#copier, span);
    builder.endSpan();
  }

  /**
   * The process: the local endpoint's service and the tags that describe it. v1 takes those tags from the first span of a service only and
   * loses the others'; here spans whose tags differ have different processes.
   */
  #process(span: V2Span): EncodedProcess {
    const { local, tags, bytes } = span;
    const service = decodeUtf8(bytes, local.serviceStart, local.serviceEnd);
    if ((tags.roleBits & ((1 << ROLE.resource) | (1 << ROLE.serviceNameSource))) !== 0) {
      return this.#describedProcess(span, service);
    }
    if (this.#lastProcess !== undefined && service === this.#lastService) return this.#lastProcess;
    let process = this.#processes.get(service);
    if (process === undefined) {
      process = encodeProcess(new Map(service === "" ? [] : [["service.name", service]]));
      this.#processes.set(service, process);
    }
    this.#lastService = service;
    this.#lastProcess = process;
    return process;
  }

  #describedProcess({ bytes, tags }: V2Span, service: string): EncodedProcess {
    const source = tags.withRole(ROLE.serviceNameSource);
    const attributes = new Map<string, string>();
    if (service !== "") {
      const key = source < 0 ? "" : tags.value(bytes, source);
      attributes.set(key === "" ? "service.name" : key, service);
    }
    for (let i = 0; i < tags.length; i++) {
      if (tags.roles[i] === ROLE.resource) attributes.set(tags.key(bytes, i), tags.value(bytes, i));
    }
    const key = JSON.stringify([...attributes]);
    let process = this.#describedProcesses.get(key);
    if (process === undefined) {
      process = encodeProcess(attributes);
      this.#describedProcesses.set(key, process);
    }
    return process;
  }

  /** The parent and the links; a link to the parent is no second reference, it decides the parent's type. */
  #writeReferences(span: V2Span): void {
    const links = takeLinks(span);
    // A span that names itself as its parent has none.
    const hasParent = (span.parentIdHigh !== 0 || span.parentIdLow !== 0) && !span.isOwnParent();
    if (links.length === 0) {
      if (hasParent) this.#writeParent(span, "CHILD_OF");
      return;
    }
    const traceId = words(span.traceId0, span.traceId1, span.traceId2, span.traceId3);
    const parentId = words(span.parentIdHigh, span.parentIdLow);
    let parentType: ReferenceType = "CHILD_OF";
    const others: Link[] = [];
    for (const link of links) {
      if (hasParent && link.traceId === traceId && link.spanId === parentId) parentType = link.type;
      else others.push(link);
    }
    if (hasParent) this.#writeParent(span, parentType);
    for (const link of others) this.#builder.referenceHex(link.type, link.traceId, link.spanId);
  }

  #writeParent(span: V2Span, type: ReferenceType): void {
    const { traceId0, traceId1, traceId2, traceId3, parentIdHigh, parentIdLow } = span;
    this.#builder.referenceWords(type, traceId0, traceId1, traceId2, traceId3, parentIdHigh, parentIdLow);
  }
}

/** Hex of an id's words. */
function words(...values: readonly number[]): string {
  return values.map((value) => (value >>> 0).toString(16).padStart(8, "0")).join("");
}
