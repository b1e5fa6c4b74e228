import { ZipkinError } from "../errors.ts";
import type { Micros } from "../wire/time.ts";
import { TagList } from "./tag-list.ts";

const NO_BYTES: Uint8Array = new Uint8Array(0);

/**
 * A span of Zipkin v2, from JSON or protobuf: one object for all spans of a message, filled in by the reader and taken by the writer.
 * Texts are ranges of {@link bytes} and valid UTF-8.
 */
export class V2Span {
  bytes: Uint8Array = NO_BYTES;
  /** Ids as signed 32-bit words, the highest first. */
  traceId0 = 0;
  traceId1 = 0;
  traceId2 = 0;
  traceId3 = 0;
  idHigh = 0;
  idLow = 0;
  /** Zero when there is none. */
  parentIdHigh = 0;
  parentIdLow = 0;
  nameStart = 0;
  nameEnd = 0;
  /** Number of OTLP's SpanKind. */
  kind = 0;
  startUs: Micros = 0;
  /** The start is not zero but missing. */
  startIsAbsent = false;
  durationUs: Micros = 0;
  readonly local = new V2Endpoint();
  readonly remote = new V2Endpoint();
  readonly tags: TagList;
  readonly annotations: AnnotationList;

  /** `maxElements` bounds the tags and the annotations. */
  constructor(maxElements: number) {
    this.tags = new TagList(maxElements);
    this.annotations = new AnnotationList(maxElements);
  }

  clear(): void {
    this.traceId0 = this.traceId1 = this.traceId2 = this.traceId3 = 0;
    this.idHigh = this.idLow = this.parentIdHigh = this.parentIdLow = 0;
    this.nameStart = this.nameEnd = this.kind = 0;
    this.startUs = this.durationUs = 0;
    this.startIsAbsent = false;
    this.local.clear();
    this.remote.clear();
    this.tags.clear();
    this.annotations.length = 0;
  }

  /** Whether the span is its own parent. */
  isOwnParent(): boolean {
    return this.parentIdHigh === this.idHigh && this.parentIdLow === this.idLow;
  }
}

export class V2Endpoint {
  serviceStart = 0;
  serviceEnd = 0;
  /** Text of an address, or "". */
  ipv4 = "";
  ipv6 = "";
  port = 0;

  clear(): void {
    this.serviceStart = this.serviceEnd = this.port = 0;
    this.ipv4 = this.ipv6 = "";
  }

  /** The IPv6 address where there is one, else the IPv4 address, else "". */
  get ip(): string {
    return this.ipv6 === "" ? this.ipv4 : this.ipv6;
  }
}

export class AnnotationList {
  readonly timesUs: Micros[] = [];
  /** Start and end of each value. */
  readonly values: number[] = [];
  length = 0;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  add(timeUs: Micros, valueStart: number, valueEnd: number): void {
    const index = this.length;
    if (index === this.#max) throw new ZipkinError("LIMIT_EXCEEDED", `more than ${this.#max} annotations in one span`);
    this.timesUs[index] = timeUs;
    this.values[index * 2] = valueStart;
    this.values[index * 2 + 1] = valueEnd;
    this.length = index + 1;
  }
}
