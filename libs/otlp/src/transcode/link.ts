import type { WireReader, WireWriter } from "@spoor/span-wire";
import { OtlpError } from "../errors.ts";
import { type AttributeTranscoder, VALUE } from "./attribute.ts";
import { equalsText } from "./bytes.ts";
import { KEY_REF_TYPE, REF_TYPE_CHILD_OF } from "./constants.ts";
import type { Ranges } from "./ranges.ts";
import { LINK } from "./shapes.ts";

const SPAN_REFERENCES_TAG = 0x22;

interface Link {
  /** Offsets of the ids in the input; negative stands for zeros. */
  readonly traceId: number;
  readonly spanId: number;
  readonly isChildOf: boolean;
}

/**
 * Turns the parent and the links of an OTLP span into Jaeger references: the parent first and CHILD_OF, links FOLLOWS_FROM unless
 * their attribute `opentracing.ref_type` is `child_of`. A link to the parent is no second reference; it decides the parent's type.
 *
 *     OTLP    trace_id=1 span_id=2 trace_state=3 attributes=4
 *     Jaeger  trace_id=1 span_id=2 ref_type=3
 */
export class LinkTranscoder {
  readonly #attribute: AttributeTranscoder;
  readonly #reader: WireReader;
  readonly #out: WireWriter;

  constructor(attribute: AttributeTranscoder) {
    this.#attribute = attribute;
    this.#reader = attribute.reader;
    this.#out = attribute.out;
  }

  /** Writes the references; true when the span has a parent in its own trace. `traceId` and `parentId` are offsets or negative. */
  write(ranges: Ranges, traceId: number, parentId: number): boolean {
    const hasParent = parentId >= 0 && !this.#isZero(parentId, 8);
    if (ranges.length === 0) {
      if (hasParent) this.#reference(traceId, parentId, true);
      return hasParent;
    }
    return this.#writeAll(ranges, traceId, hasParent ? parentId : -1);
  }

  #writeAll(ranges: Ranges, traceId: number, parentId: number): boolean {
    const links: Link[] = [];
    let parentIsChildOf = true;
    for (let i = 0; i < ranges.length; i += 2) {
      const link = this.#link(ranges.bounds[i] as number, ranges.bounds[i + 1] as number);
      if (parentId >= 0 && this.#equal(link.traceId, traceId, 16) && this.#equal(link.spanId, parentId, 8)) {
        parentIsChildOf = link.isChildOf;
      } else links.push(link);
    }
    if (parentId >= 0) this.#reference(traceId, parentId, parentIsChildOf);
    for (const link of links) this.#reference(link.traceId, link.spanId, link.isChildOf);
    if (parentId >= 0) return true;
    const own = links.filter((link) => this.#equal(link.traceId, traceId, 16));
    const parent = own.find((link) => link.isChildOf) ?? own[0];
    return parent !== undefined && parent.spanId >= 0 && !this.#isZero(parent.spanId, 8);
  }

  #link(start: number, end: number): Link {
    const reader = this.#reader;
    let traceId = -1;
    let spanId = -1;
    let isChildOf: boolean | undefined;
    reader.position = start;
    reader.end = end;
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0a:
          traceId = this.#id(16, "unmarshal: invalid TraceID length");
          break;
        case 0x12:
          spanId = this.#id(8, "unmarshal: invalid SpanID length");
          break;
        case 0x22: {
          const next = reader.length() + reader.position;
          isChildOf ??= this.#refType(reader.position, next);
          reader.position = next;
          reader.end = end;
          break;
        }
        default:
          reader.skipField(tag, LINK);
      }
    }
    return { traceId, spanId, isChildOf: isChildOf === true };
  }

  #id(size: number, problem: string): number {
    const start = this.#reader.bytes();
    const length = this.#reader.position - start;
    if (length === 0) return -1;
    if (length !== size) throw new OtlpError("INVALID_ID", problem);
    return start;
  }

  /** Whether this attribute says `child_of`; `undefined` when it has another key. */
  #refType(start: number, end: number): boolean | undefined {
    const attribute = this.#attribute;
    const bytes = this.#reader.buffer;
    attribute.parse(start, end);
    if (!equalsText(bytes, attribute.keyStart, attribute.keyEnd, KEY_REF_TYPE)) return undefined;
    return (
      attribute.type === VALUE.string && equalsText(bytes, attribute.valueStart, attribute.valueEnd, REF_TYPE_CHILD_OF)
    );
  }

  #reference(traceId: number, spanId: number, isChildOf: boolean): void {
    const out = this.#out;
    out.reserve(32);
    const dst = out.buffer;
    let p = out.position;
    dst[p++] = SPAN_REFERENCES_TAG;
    dst[p++] = isChildOf ? 28 : 30;
    dst[p++] = 0x0a;
    dst[p++] = 16;
    this.#copyId(traceId, 16, p);
    p += 16;
    dst[p++] = 0x12;
    dst[p++] = 8;
    this.#copyId(spanId, 8, p);
    p += 8;
    if (!isChildOf) {
      dst[p++] = 0x18;
      dst[p++] = 1;
    }
    out.position = p;
  }

  #copyId(from: number, size: number, at: number): void {
    if (from < 0) this.#out.buffer.fill(0, at, at + size);
    else this.#attribute.copier.copy(from, from + size, this.#out, at);
  }

  #isZero(at: number, size: number): boolean {
    for (let i = at; i < at + size; i++) if (this.#reader.buffer[i] !== 0) return false;
    return true;
  }

  #equal(a: number, b: number, size: number): boolean {
    if (a < 0 || b < 0) return (a < 0 || this.#isZero(a, size)) && (b < 0 || this.#isZero(b, size));
    const bytes = this.#reader.buffer;
    for (let i = 0; i < size; i++) if (bytes[a + i] !== bytes[b + i]) return false;
    return true;
  }
}
