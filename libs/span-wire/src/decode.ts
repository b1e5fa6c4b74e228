import {
  hexOf,
  type KeyValue,
  type Log,
  type Process,
  type Span,
  type SpanReference,
  ZERO_SPAN_ID,
  ZERO_TRACE_ID,
} from "@spoor/span-model";
import type { EncodedProcess, EncodedSpan } from "./encoded-span.ts";
import { readDouble } from "./numbers.ts";
import { malformed, WireReader } from "./reader.ts";
import { decodeUtf8 } from "./utf8.ts";

const BILLION = 1_000_000_000n;

/** Everything in the span. Its process is decoded once for all spans that share it. */
export function decodeSpan(span: EncodedSpan): Span {
  return new SpanDecoder(span.buffer, span.start, span.end).span(decodeProcess(span.process));
}

const decodedProcesses = new WeakMap<EncodedProcess, Process>();

/** The same object each time for the same `process`. */
export function decodeProcess(process: EncodedProcess): Process {
  let decoded = decodedProcesses.get(process);
  if (decoded === undefined) {
    decoded = new SpanDecoder(process.bytes, 0, process.bytes.length).process(process.serviceName);
    decodedProcesses.set(process, decoded);
  }
  return decoded;
}

/** Decodes messages that a scanner validated; it checks bounds all the same, for stored bytes may be damaged. */
class SpanDecoder extends WireReader {
  span(process: Process): Span {
    let traceId = ZERO_TRACE_ID;
    let spanId = ZERO_SPAN_ID;
    let operationName = "";
    let flags = 0;
    let startTimeNs = 0n;
    let durationNs = 0n;
    const references: SpanReference[] = [];
    const tags: KeyValue[] = [];
    const logs: Log[] = [];
    const warnings: string[] = [];
    const end = this.end;
    while (this.position < end) {
      const tag = this.varint32();
      switch (tag) {
        case 0x0a:
          traceId = this.#id(16);
          break;
        case 0x12:
          spanId = this.#id(8);
          break;
        case 0x1a:
          operationName = this.#text();
          break;
        case 0x22:
          references.push(this.#reference());
          break;
        case 0x28:
          flags = this.varint32();
          break;
        case 0x32:
          startTimeNs = this.#timeNs();
          break;
        case 0x3a:
          durationNs = this.#timeNs();
          break;
        case 0x42:
          tags.push(this.#keyValue());
          break;
        case 0x4a:
          logs.push(this.#log());
          break;
        case 0x62:
          warnings.push(this.#text());
          break;
        default:
          this.skip(tag & 7);
      }
    }
    return {
      traceId,
      spanId,
      operationName,
      references,
      flags,
      startTimeNs,
      durationNs,
      tags,
      logs,
      process,
      warnings,
    };
  }

  process(serviceName: string): Process {
    const tags: KeyValue[] = [];
    const end = this.end;
    while (this.position < end) {
      const tag = this.varint32();
      if (tag === 0x12) tags.push(this.#keyValue());
      else this.skip(tag & 7);
    }
    return { serviceName, tags };
  }

  #id(length: number): string {
    if (this.length() !== length) throw malformed("span is not canonical: id of another length");
    this.position += length;
    return hexOf(this.buffer, this.position - length, length);
  }

  #text(): string {
    const length = this.length();
    const start = this.position;
    this.position += length;
    return decodeUtf8(this.buffer, start, this.position);
  }

  #reference(): SpanReference {
    const outer = this.end;
    const length = this.length();
    const end = this.position + length;
    this.end = end;
    let traceId = ZERO_TRACE_ID;
    let spanId = ZERO_SPAN_ID;
    let type = 0;
    while (this.position < end) {
      const tag = this.varint32();
      if (tag === 0x0a) traceId = this.#id(16);
      else if (tag === 0x12) spanId = this.#id(8);
      else if (tag === 0x18) type = this.varint32();
      else this.skip(tag & 7);
    }
    this.end = outer;
    // v1 shows a type it does not know as CHILD_OF.
    return { type: type === 1 ? "FOLLOWS_FROM" : "CHILD_OF", traceId, spanId };
  }

  /** A Timestamp or a Duration. */
  #timeNs(): bigint {
    const outer = this.end;
    const length = this.length();
    const end = this.position + length;
    this.end = end;
    let seconds = 0n;
    let nanos = 0;
    while (this.position < end) {
      const tag = this.varint32();
      if (tag === 0x08) seconds = this.varint64();
      else if (tag === 0x10) nanos = this.varint32() | 0;
      else this.skip(tag & 7);
    }
    this.end = outer;
    return seconds * BILLION + BigInt(nanos);
  }

  #log(): Log {
    const outer = this.end;
    const length = this.length();
    const end = this.position + length;
    this.end = end;
    let timestampNs = 0n;
    const fields: KeyValue[] = [];
    while (this.position < end) {
      const tag = this.varint32();
      if (tag === 0x12) fields.push(this.#keyValue());
      else if (tag === 0x0a) timestampNs = this.#timeNs();
      else this.skip(tag & 7);
    }
    this.end = outer;
    return { timestampNs, fields };
  }

  #keyValue(): KeyValue {
    const outer = this.end;
    const length = this.length();
    const end = this.position + length;
    this.end = end;
    let key = "";
    let type = 0;
    let text = "";
    let bool = false;
    let int64 = 0n;
    let float64 = 0;
    let binaryStart = 0;
    let binaryEnd = 0;
    while (this.position < end) {
      const tag = this.varint32();
      switch (tag) {
        case 0x0a:
          key = this.#text();
          break;
        case 0x10:
          type = this.varint32() | 0;
          break;
        case 0x1a:
          text = this.#text();
          break;
        case 0x20:
          bool = this.varint64() !== 0n;
          break;
        case 0x28:
          int64 = this.varint64();
          break;
        case 0x31:
          this.skip(1);
          float64 = readDouble(this.buffer, this.position - 8);
          break;
        case 0x3a: {
          const size = this.length();
          binaryStart = this.position;
          this.position += size;
          binaryEnd = this.position;
          break;
        }
        default:
          this.skip(tag & 7);
      }
    }
    this.end = outer;
    switch (type) {
      case 0:
        return { key, type: "string", value: text };
      case 1:
        return { key, type: "bool", value: bool };
      case 2:
        return { key, type: "int64", value: int64 };
      case 3:
        return { key, type: "float64", value: float64 };
      case 4:
        return { key, type: "binary", value: new Uint8Array(this.buffer.subarray(binaryStart, binaryEnd)) };
      default:
        return { key, type: "unknown", code: type };
    }
  }
}
