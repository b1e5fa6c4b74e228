import { isUtf8 } from "node:buffer";
import { SpanWireError, WireReader } from "@spoor/span-wire";
import { ZipkinError } from "../errors.ts";
import { formatIp } from "../ip.ts";
import type { ZipkinLimits } from "../limits.ts";
import { KIND } from "../wire/fields.ts";
import type { Micros } from "../wire/time.ts";
import { type V2Endpoint, V2Span } from "./span.ts";

/** Zipkin's Span.Kind numbers to OTLP's. */
const KINDS = [KIND.unspecified, KIND.client, KIND.server, KIND.producer, KIND.consumer];

/**
 * Reads `zipkin.proto3.ListOfSpans{ spans=1 }` by the rules of openzipkin/zipkin-go (`zipkin_proto3.ParseSpans`), which v1 uses: trace ids
 * have 16 bytes, span ids 8, and text must be UTF-8. `take` gets one span after the other, in one object.
 */
export function readV2Protobuf(body: Uint8Array, limits: ZipkinLimits, take: (span: V2Span) => void): void {
  try {
    new V2ProtobufReader(body, limits).spans(take);
  } catch (error) {
    if (!(error instanceof SpanWireError)) throw error;
    throw new ZipkinError("MALFORMED", "proto:\u00a0cannot parse invalid wire-format data", { cause: error });
  }
}

class V2ProtobufReader {
  readonly #reader: WireReader;
  readonly #limits: ZipkinLimits;
  readonly #span: V2Span;
  /** The text or bytes read last. */
  #start = 0;
  #end = 0;

  constructor(body: Uint8Array, limits: ZipkinLimits) {
    this.#reader = new WireReader(body);
    this.#limits = limits;
    this.#span = new V2Span(limits.maxSpanElements);
    this.#span.bytes = body;
  }

  spans(take: (span: V2Span) => void): void {
    const { maxSpans } = this.#limits;
    const reader = this.#reader;
    let count = 0;
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag !== 0x0a) {
        reader.skip(tag & 7);
        continue;
      }
      if (++count > maxSpans) throw new ZipkinError("LIMIT_EXCEEDED", `more than ${maxSpans} spans`);
      const outer = reader.enter();
      this.#readSpan();
      reader.leave(outer);
      take(this.#span);
    }
  }

  /**
   * `trace_id=1 parent_id=2 id=3 kind=4 name=5 timestamp=6(fixed64) duration=7 local_endpoint=8 remote_endpoint=9 annotations=10
   * tags=11(map) debug=12 shared=13`
   */
  #readSpan(): void {
    const reader = this.#reader;
    const span = this.#span;
    span.clear();
    const ids = new Ids(reader.buffer);
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      switch (tag) {
        case 0x0a:
          ids.traceIdStart = reader.bytes();
          ids.traceIdEnd = reader.position;
          break;
        case 0x12:
          ids.parentIdStart = reader.bytes();
          ids.parentIdEnd = reader.position;
          break;
        case 0x1a:
          ids.idStart = reader.bytes();
          ids.idEnd = reader.position;
          break;
        case 0x20:
          span.kind = KINDS[reader.varint32()] ?? KIND.unspecified;
          break;
        case 0x2a:
          this.#text();
          span.nameStart = this.#start;
          span.nameEnd = this.#end;
          break;
        case 0x31:
          span.startUs = this.#fixed64();
          break;
        case 0x38:
          reader.varint();
          span.durationUs = micros(reader.low, reader.high);
          break;
        case 0x42:
          this.#endpoint(span.local);
          break;
        case 0x4a:
          this.#endpoint(span.remote);
          break;
        case 0x52:
          this.#annotation();
          break;
        case 0x5a:
          this.#tag();
          break;
        default:
          reader.skip(tag & 7);
      }
    }
    ids.set(span);
  }

  /** `service_name=1 ipv4=2 ipv6=3 port=4` */
  #endpoint(endpoint: V2Endpoint): void {
    const reader = this.#reader;
    const outer = reader.enter();
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag === 0x0a) {
        this.#text();
        endpoint.serviceStart = this.#start;
        endpoint.serviceEnd = this.#end;
      } else if (tag === 0x12) endpoint.ipv4 = this.#ip();
      else if (tag === 0x1a) endpoint.ipv6 = this.#ip();
      else if (tag === 0x20) endpoint.port = reader.varint32() & 0xffff;
      else reader.skip(tag & 7);
    }
    reader.leave(outer);
  }

  /** `timestamp=1(fixed64) value=2` */
  #annotation(): void {
    const reader = this.#reader;
    const outer = reader.enter();
    let timeUs: Micros = 0;
    this.#start = this.#end = 0;
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag === 0x09) timeUs = this.#fixed64();
      else if (tag === 0x12) this.#text();
      else reader.skip(tag & 7);
    }
    this.#span.annotations.add(timeUs, this.#start, this.#end);
    reader.leave(outer);
  }

  /** An entry of a map: `key=1 value=2` */
  #tag(): void {
    const reader = this.#reader;
    const outer = reader.enter();
    let keyStart = 0;
    let keyEnd = 0;
    let valueStart = 0;
    let valueEnd = 0;
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag === 0x0a) {
        this.#text();
        keyStart = this.#start;
        keyEnd = this.#end;
      } else if (tag === 0x12) {
        this.#text();
        valueStart = this.#start;
        valueEnd = this.#end;
      } else reader.skip(tag & 7);
    }
    this.#span.tags.set(reader.buffer, keyStart, keyEnd, valueStart, valueEnd);
    reader.leave(outer);
  }

  #text(): void {
    const reader = this.#reader;
    const { buffer } = reader;
    const start = reader.bytes();
    const end = reader.position;
    this.#start = start;
    this.#end = end;
    for (let i = start; i < end; i++) {
      if ((buffer[i] as number) < 128) continue;
      if (isUtf8(buffer.subarray(i, end))) return;
      throw new ZipkinError("MALFORMED", "string field contains invalid UTF-8");
    }
  }

  /** Text of an address; "" of no bytes. */
  #ip(): string {
    const reader = this.#reader;
    const start = reader.bytes();
    return start === reader.position ? "" : formatIp(reader.buffer.subarray(start, reader.position));
  }

  #fixed64(): Micros {
    const at = this.#reader.fixed(8);
    const bytes = this.#reader.buffer;
    return micros(wordBefore(bytes, at + 4), wordBefore(bytes, at + 8));
  }
}

/** Where the ids of a span are. They are checked when all of it has been read. */
class Ids {
  readonly #bytes: Uint8Array;
  traceIdStart = 0;
  traceIdEnd = 0;
  parentIdStart = 0;
  parentIdEnd = 0;
  idStart = 0;
  idEnd = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  set(span: V2Span): void {
    const traceId = this.traceIdStart;
    checkLength(this.traceIdEnd - traceId, 16, "TraceID");
    span.traceId0 = this.#word(traceId);
    span.traceId1 = this.#word(traceId + 4);
    span.traceId2 = this.#word(traceId + 8);
    span.traceId3 = this.#word(traceId + 12);
    const parentId = this.parentIdStart;
    if (this.parentIdEnd > parentId) {
      checkLength(this.parentIdEnd - parentId, 8, "ParentID");
      span.parentIdHigh = this.#word(parentId);
      span.parentIdLow = this.#word(parentId + 4);
    }
    if (this.idEnd === this.idStart) throw new ZipkinError("INVALID_SPAN", "expected a non-nil SpanID");
    checkLength(this.idEnd - this.idStart, 8, "SpanID");
    span.idHigh = this.#word(this.idStart);
    span.idLow = this.#word(this.idStart + 4);
  }

  /** 32 bits, big-endian. */
  #word(at: number): number {
    const bytes = this.#bytes;
    const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
    return high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  }
}

function checkLength(length: number, expected: number, name: string): void {
  if (length === expected) return;
  throw new ZipkinError("INVALID_SPAN", `invalid ${name}: has length ${length} yet wanted length ${expected}`);
}

/** The 32 bits, little-endian, that end at `end`. */
function wordBefore(bytes: Uint8Array, end: number): number {
  const high = ((bytes[end - 1] as number) << 24) | ((bytes[end - 2] as number) << 16);
  return high | ((bytes[end - 3] as number) << 8) | (bytes[end - 4] as number);
}

/** From signed halves. */
function micros(low: number, high: number): Micros {
  if (high >= 0 && high < 0x200000) return high * 4294967296 + (low >>> 0);
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
