import { isUtf8 } from "node:buffer";
import { decodeUtf8 } from "@spoor/span-wire";
import { createReader } from "./create-reader.ts";
import { ThriftError } from "./errors.ts";
import { DEFAULT_THRIFT_LIMITS, type ThriftLimits } from "./limits.ts";
import type { ThriftReader } from "./reader.ts";
import { checkStructs, inField, inStruct } from "./struct-errors.ts";
import { type ThriftProtocol, TYPE } from "./types.ts";
import type {
  ZipkinCoreAnnotation,
  ZipkinCoreBinaryAnnotation,
  ZipkinCoreEndpoint,
  ZipkinCoreSpan,
} from "./zipkin-core.ts";

/** Reads a bare `list<zipkincore.Span>`, as clients post it to `/api/v1/spans`. What stands behind the list is ignored. */
export function decodeZipkinSpans(
  bytes: Uint8Array,
  protocol: ThriftProtocol = "binary",
  limits: ThriftLimits = DEFAULT_THRIFT_LIMITS,
): ZipkinCoreSpan[] {
  return new ZipkinCoreReader(createReader(bytes, protocol), limits).bareSpans();
}

/** A field's reader: gives false when the field, by its type, is not the one meant, and so must be skipped. */
type FieldVisitor = (id: number, type: number) => boolean;

/** Reads zipkincore.thrift structs into plain objects. No field is required; a field of another type is skipped. */
export class ZipkinCoreReader {
  readonly #reader: ThriftReader;
  readonly #maxSpans: number;
  #annotationsLeft: number;

  constructor(reader: ThriftReader, limits: ThriftLimits) {
    this.#reader = reader;
    this.#maxSpans = limits.maxSpans;
    this.#annotationsLeft = limits.maxAnnotations;
  }

  spans(): ZipkinCoreSpan[] {
    return this.#list(this.#spanCount(), "*zipkincore.Span", () => this.#span());
  }

  /** Like {@link spans}, for a list that is no struct's field: Go then names only the field in its errors. */
  bareSpans(): ZipkinCoreSpan[] {
    const spans: ZipkinCoreSpan[] = [];
    for (let left = this.#spanCount(); left > 0; left--) spans.push(this.#span());
    return spans;
  }

  #spanCount(): number {
    const count = this.#reader.listBegin();
    if (count > this.#maxSpans) throw new ThriftError("LIMIT_EXCEEDED", `more than ${this.#maxSpans} spans`);
    return count;
  }

  /** `Span{1 trace_id, 3 name, 4 id, 5 parent_id, 6 annotations, 8 binary_annotations, 9 debug, 10 timestamp, 11 duration, 12 trace_id_high}` */
  #span(): ZipkinCoreSpan {
    const reader = this.#reader;
    let traceId = 0n;
    let name = "";
    let nameBytes: Uint8Array | undefined;
    let id = 0n;
    let parentId: bigint | undefined;
    let annotations: ZipkinCoreAnnotation[] = [];
    let binaryAnnotations: ZipkinCoreBinaryAnnotation[] = [];
    let debug = false;
    let timestampUs: bigint | undefined;
    let durationUs: bigint | undefined;
    let traceIdHigh: bigint | undefined;
    this.#struct("*zipkincore.Span", (fieldId, type) => {
      if (type === TYPE.i64) {
        if (fieldId === 1) traceId = reader.i64AsBigInt();
        else if (fieldId === 4) id = reader.i64AsBigInt();
        else if (fieldId === 5) parentId = reader.i64AsBigInt();
        else if (fieldId === 10) timestampUs = reader.i64AsBigInt();
        else if (fieldId === 11) durationUs = reader.i64AsBigInt();
        else if (fieldId === 12) traceIdHigh = reader.i64AsBigInt();
        else return false;
      } else if (fieldId === 3 && type === TYPE.string) {
        name = this.#text();
        nameBytes = this.#invalidText();
      } else if (fieldId === 6 && type === TYPE.list) {
        annotations = this.#list(this.#annotationCount(), "*zipkincore.Annotation", () => this.#annotation());
      } else if (fieldId === 8 && type === TYPE.list) {
        const count = this.#annotationCount();
        binaryAnnotations = this.#list(count, "*zipkincore.BinaryAnnotation", () => this.#binaryAnnotation());
      } else if (fieldId === 9 && type === TYPE.bool) debug = reader.bool();
      else return false;
      return true;
    });
    return {
      traceId,
      traceIdHigh,
      id,
      parentId,
      name,
      ...(nameBytes !== undefined && { nameBytes }),
      annotations,
      binaryAnnotations,
      debug,
      timestampUs,
      durationUs,
    };
  }

  /** `Annotation{1 timestamp, 2 value, 3 host}` */
  #annotation(): ZipkinCoreAnnotation {
    let timestampUs = 0n;
    let value = "";
    let host: ZipkinCoreEndpoint | undefined;
    this.#struct("*zipkincore.Annotation", (id, type) => {
      if (id === 1 && type === TYPE.i64) timestampUs = this.#reader.i64AsBigInt();
      else if (id === 2 && type === TYPE.string) value = this.#text();
      else if (id === 3 && type === TYPE.struct) host = this.#endpoint();
      else return false;
      return true;
    });
    return { timestampUs, value, host };
  }

  /** `BinaryAnnotation{1 key, 2 value, 3 annotation_type, 4 host}` */
  #binaryAnnotation(): ZipkinCoreBinaryAnnotation {
    let key = "";
    let value: Uint8Array = NO_BYTES;
    let annotationType = 0;
    let host: ZipkinCoreEndpoint | undefined;
    this.#struct("*zipkincore.BinaryAnnotation", (id, type) => {
      if (id === 1 && type === TYPE.string) key = this.#text();
      else if (id === 2 && type === TYPE.string) value = this.#reader.stringBytes();
      else if (id === 3 && type === TYPE.i32) annotationType = this.#reader.i32();
      else if (id === 4 && type === TYPE.struct) host = this.#endpoint();
      else return false;
      return true;
    });
    return { key, value, type: annotationType, host };
  }

  /** `Endpoint{1 ipv4, 2 port, 3 service_name, 4 ipv6}` */
  #endpoint(): ZipkinCoreEndpoint {
    let ipv4 = 0;
    let port = 0;
    let serviceName = "";
    let ipv6: Uint8Array | undefined;
    this.#struct("*zipkincore.Endpoint", (id, type) => {
      if (id === 1 && type === TYPE.i32) ipv4 = this.#reader.i32();
      else if (id === 2 && type === TYPE.i16) port = this.#reader.i16();
      else if (id === 3 && type === TYPE.string) serviceName = this.#text();
      else if (id === 4 && type === TYPE.string) ipv6 = this.#reader.stringBytes();
      else return false;
      return true;
    });
    return { ipv4, port, serviceName, ipv6 };
  }

  #struct(goName: string, visit: FieldVisitor): void {
    const reader = this.#reader;
    let known = false;
    const saved = reader.structBegin();
    try {
      for (let type = reader.fieldBegin(); type !== TYPE.stop; type = reader.fieldBegin()) {
        known = true;
        known = visit(reader.fieldId, type);
        if (!known) reader.skip(type);
        known = false;
      }
    } catch (error) {
      throw inField(error, reader, goName, known);
    }
    reader.structEnd(saved);
  }

  #annotationCount(): number {
    const count = this.#reader.listBegin();
    this.#annotationsLeft -= count;
    if (this.#annotationsLeft < 0) throw new ThriftError("LIMIT_EXCEEDED", "too many annotations");
    return count;
  }

  #list<T>(count: number, goName: string, read: () => T): T[] {
    checkStructs(this.#reader, count, goName);
    const items: T[] = [];
    try {
      while (items.length < count) items.push(read());
    } catch (error) {
      throw inStruct(error, goName);
    }
    return items;
  }

  #text(): string {
    const reader = this.#reader;
    reader.string();
    return decodeUtf8(reader.buffer, reader.stringStart, reader.stringEnd);
  }

  /** The bytes of the last text when they are not UTF-8. */
  #invalidText(): Uint8Array | undefined {
    const bytes = this.#reader.buffer.subarray(this.#reader.stringStart, this.#reader.stringEnd);
    return isUtf8(bytes) ? undefined : new Uint8Array(bytes);
  }
}

const NO_BYTES = new Uint8Array(0);
