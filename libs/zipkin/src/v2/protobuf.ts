import { isUtf8 } from "node:buffer";
import { hexOf } from "@spoor/span-model";
import { SpanWireError, WireReader } from "@spoor/span-wire";
import { ZipkinError } from "../errors.ts";
import { formatIp } from "../ip.ts";
import type { ZipkinLimits } from "../limits.ts";
import { KIND, type Micros } from "../otlp/fields.ts";
import type { V2Annotation, V2Endpoint, V2Span } from "./span.ts";

/** Zipkin's Span.Kind numbers to OTLP's. */
const KINDS = [KIND.unspecified, KIND.client, KIND.server, KIND.producer, KIND.consumer];

/**
 * Reads `zipkin.proto3.ListOfSpans{ spans=1 }` by the rules of openzipkin/zipkin-go (`zipkin_proto3.ParseSpans`), which v1 uses: trace ids
 * have 16 bytes, span ids 8, and text must be UTF-8.
 */
export function readV2Protobuf(body: Uint8Array, limits: ZipkinLimits): V2Span[] {
  try {
    return new V2Reader(body).spans(limits.maxSpans);
  } catch (error) {
    if (!(error instanceof SpanWireError)) throw error;
    throw new ZipkinError("MALFORMED", "proto:\u00a0cannot parse invalid wire-format data", { cause: error });
  }
}

class V2Reader {
  readonly #reader: WireReader;

  constructor(body: Uint8Array) {
    this.#reader = new WireReader(body);
  }

  spans(maxSpans: number): V2Span[] {
    const spans: V2Span[] = [];
    const reader = this.#reader;
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag !== 0x0a) {
        reader.skip(tag & 7);
        continue;
      }
      if (spans.length === maxSpans) throw new ZipkinError("LIMIT_EXCEEDED", `more than ${maxSpans} spans`);
      spans.push(this.#message(() => this.#span()));
    }
    return spans;
  }

  /** Reads a length-delimited message by `read`, which must go on until `end`. */
  #message<T>(read: () => T): T {
    const outer = this.#reader.enter();
    const result = read();
    this.#reader.leave(outer);
    return result;
  }

  /**
   * `trace_id=1 parent_id=2 id=3 kind=4 name=5 timestamp=6(fixed64) duration=7 local_endpoint=8 remote_endpoint=9 annotations=10
   * tags=11(map) debug=12 shared=13`
   */
  #span(): V2Span {
    let traceId: Uint8Array = NO_BYTES;
    let parentId: Uint8Array = NO_BYTES;
    let id: Uint8Array = NO_BYTES;
    let name = "";
    let kind = 0;
    let timestampUs: Micros = 0;
    let durationUs: Micros = 0;
    let localEndpoint: V2Endpoint | undefined;
    let remoteEndpoint: V2Endpoint | undefined;
    const annotations: V2Annotation[] = [];
    const tags = new Map<string, string>();
    const reader = this.#reader;
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      switch (tag) {
        case 0x0a:
          traceId = this.#bytes();
          break;
        case 0x12:
          parentId = this.#bytes();
          break;
        case 0x1a:
          id = this.#bytes();
          break;
        case 0x20:
          kind = KINDS[reader.varint32()] ?? KIND.unspecified;
          break;
        case 0x2a:
          name = this.#text();
          break;
        case 0x31:
          timestampUs = this.#fixed64();
          break;
        case 0x38:
          durationUs = micros(BigInt.asUintN(64, reader.varint64()));
          break;
        case 0x42:
          localEndpoint = this.#message(() => this.#endpoint());
          break;
        case 0x4a:
          remoteEndpoint = this.#message(() => this.#endpoint());
          break;
        case 0x52:
          annotations.push(this.#message(() => this.#annotation()));
          break;
        case 0x5a:
          this.#message(() => this.#tag(tags));
          break;
        default:
          reader.skip(tag & 7);
      }
    }
    return {
      traceId: checkedId(traceId, 16, "TraceID"),
      parentId: parentId.length === 0 ? undefined : checkedId(parentId, 8, "ParentID"),
      id: spanId(id),
      name,
      kind,
      timestampUs,
      timestampAbsent: false,
      durationUs,
      localEndpoint,
      remoteEndpoint,
      annotations,
      tags,
    };
  }

  /** `service_name=1 ipv4=2 ipv6=3 port=4` */
  #endpoint(): V2Endpoint {
    let serviceName = "";
    let ip = NO_BYTES;
    let ipv6 = NO_BYTES;
    let port = 0;
    const reader = this.#reader;
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag === 0x0a) serviceName = this.#text();
      else if (tag === 0x12) ip = this.#bytes();
      else if (tag === 0x1a) ipv6 = this.#bytes();
      else if (tag === 0x20) port = reader.varint32() & 0xffff;
      else reader.skip(tag & 7);
    }
    if (ipv6.length > 0) ip = ipv6;
    return { serviceName, ip: ip.length === 0 ? "" : formatIp(ip), port };
  }

  /** `timestamp=1(fixed64) value=2` */
  #annotation(): V2Annotation {
    let timestampUs: Micros = 0;
    let value = "";
    const reader = this.#reader;
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag === 0x09) timestampUs = this.#fixed64();
      else if (tag === 0x12) value = this.#text();
      else reader.skip(tag & 7);
    }
    return { timestampUs, value };
  }

  /** An entry of a map: `key=1 value=2` */
  #tag(tags: Map<string, string>): void {
    let key = "";
    let value = "";
    const reader = this.#reader;
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag === 0x0a) key = this.#text();
      else if (tag === 0x12) value = this.#text();
      else reader.skip(tag & 7);
    }
    tags.set(key, value);
  }

  #bytes(): Uint8Array {
    const start = this.#reader.bytes();
    return this.#reader.buffer.subarray(start, this.#reader.position);
  }

  #text(): string {
    const bytes = this.#bytes();
    if (!isUtf8(bytes)) throw new ZipkinError("MALFORMED", "string field contains invalid UTF-8");
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  }

  #fixed64(): Micros {
    const at = this.#reader.fixed(8);
    const view = new DataView(this.#reader.buffer.buffer, this.#reader.buffer.byteOffset + at, 8);
    return micros(view.getBigUint64(0, true));
  }
}

const NO_BYTES: Uint8Array = new Uint8Array(0);

function micros(value: bigint): Micros {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function checkedId(bytes: Uint8Array, size: number, name: string): string {
  if (bytes.length !== size) {
    throw new ZipkinError("INVALID_SPAN", `invalid ${name}: has length ${bytes.length} yet wanted length ${size}`);
  }
  return hexOf(bytes, 0, size);
}

function spanId(bytes: Uint8Array): string {
  if (bytes.length === 0) throw new ZipkinError("INVALID_SPAN", "expected a non-nil SpanID");
  return checkedId(bytes, 8, "SpanID");
}
