import { SpanWireError } from "./errors.ts";
import { malformed, unexpectedEnd, WireReader } from "./reader.ts";
import { KEY_VALUE, LOG, type MessageShape, PROCESS, SPAN_REF } from "./shapes.ts";
import { checkDuration, checkTimestamp } from "./time.ts";

/**
 * Validates the messages inside a span by walking them once, without allocating. What Go's generated code refuses is
 * refused in its words; unknown fields are stepped over and so stay in the span.
 */
export class MessageScanner extends WireReader {
  /** Elements left that the span being scanned may hold. */
  budget = 0;
  /** Set when something valid is not in the form that EncodedSpan promises. */
  odd = false;
  /** Last text field read by {@link process}: where the service name lies. */
  nameStart = 0;
  nameEnd = 0;
  /** The ids that {@link reference} found; -1 when absent. */
  refTraceId = -1;
  refSpanId = -1;
  refType = 0;

  /** A field's tag. */
  tag(): number {
    if (this.position < this.end) {
      const tag = this.buffer[this.position] as number;
      if (tag < 128) {
        this.position++;
        return tag;
      }
    }
    const wide = this.varint64();
    if (wide < 0n || wide > 0xffffffffn) throw malformed(`proto: illegal tag ${BigInt.asIntN(32, wide >> 3n)}`);
    return Number(wide);
  }

  /** Steps over a field that the message's own cases do not know; a known field of a wrong wire type is an error. */
  other(tag: number, shape: MessageShape): void {
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (wireType === 4) throw malformed(`proto: ${shape.name}: wiretype end group for non-group`);
    if (number === 0) throw malformed(`proto: ${shape.name}: illegal tag ${number} (wire type ${wireType})`);
    const known = shape.fields.get(number);
    if (known !== undefined && known[1] !== wireType) {
      throw malformed(`proto: wrong wireType = ${wireType} for field ${known[0]}`);
    }
    this.skip(wireType);
  }

  /** Enters a length-delimited message; give the result to {@link leave}. */
  enter(): number {
    const outer = this.end;
    const length = this.length();
    this.end = this.position + length;
    return outer;
  }

  leave(outer: number): void {
    this.end = outer;
  }

  spend(): void {
    if (--this.budget < 0) throw new SpanWireError("LIMIT_EXCEEDED", "span has too many tags, logs or references");
  }

  bytes(): void {
    const length = this.length();
    this.position += length;
  }

  /** The hot spot of a scan: short fields are stepped over with locals, everything else through {@link WireReader}. */
  keyValue(): void {
    this.spend();
    const outer = this.enter();
    const buffer = this.buffer;
    const end = this.end;
    let position = this.position;
    while (position < end) {
      const tag = buffer[position] as number;
      // At the end of the message the next byte is none of ours; 128 leads to the careful path.
      const next = position + 1 < end ? (buffer[position + 1] as number) : 128;
      if (next < 128) {
        if (tag === 0x0a || tag === 0x1a || tag === 0x3a) {
          position += 2 + next;
          if (position > end) throw unexpectedEnd();
          continue;
        }
        if (tag === 0x10 || tag === 0x20 || tag === 0x28) {
          position += 2;
          continue;
        }
      }
      this.position = position;
      this.#keyValueField();
      position = this.position;
    }
    this.position = end;
    this.end = outer;
  }

  #keyValueField(): void {
    const tag = this.tag();
    switch (tag) {
      case 0x0a:
      case 0x1a:
      case 0x3a:
        this.bytes();
        break;
      case 0x10:
      case 0x20:
      case 0x28:
      case 0x31:
        this.skip(tag & 7);
        break;
      default:
        this.other(tag, KEY_VALUE);
    }
  }

  log(): void {
    this.spend();
    const outer = this.enter();
    const end = this.end;
    let timed = false;
    while (this.position < end) {
      const tag = this.tag();
      if (tag === 0x12) this.keyValue();
      else if (tag === 0x0a) {
        this.timestamp();
        timed = true;
      } else this.other(tag, LOG);
    }
    if (!timed) this.odd = true;
    this.end = outer;
  }

  /** Leaves the places of its ids in {@link refTraceId} and {@link refSpanId}. */
  reference(): void {
    this.spend();
    const outer = this.enter();
    const end = this.end;
    this.refTraceId = -1;
    this.refSpanId = -1;
    this.refType = 0;
    while (this.position < end) {
      const tag = this.tag();
      if (tag === 0x0a) {
        if (this.refTraceId >= 0) this.odd = true;
        this.refTraceId = this.traceId();
      } else if (tag === 0x12) {
        if (this.refSpanId >= 0) this.odd = true;
        this.refSpanId = this.spanId();
      } else if (tag === 0x18) this.refType = this.varint32();
      else this.other(tag, SPAN_REF);
    }
    if (this.refTraceId < 0 || this.refSpanId < 0) this.odd = true;
    this.end = outer;
  }

  /** Where the id's bytes begin. An id of 8 bytes is the low half: valid, but {@link odd}. */
  traceId(): number {
    const length = this.length();
    const start = this.position;
    if (length !== 16) {
      if (length !== 8) throw new SpanWireError("INVALID_ID", "invalid length for TraceID");
      this.odd = true;
    }
    this.position += length;
    return start;
  }

  spanId(): number {
    const length = this.length();
    const start = this.position;
    if (length !== 8) throw new SpanWireError("INVALID_ID", "invalid length for SpanID");
    this.position += length;
    return start;
  }

  timestamp(): void {
    const outer = this.enter();
    this.#secondsNanos(false);
    this.end = outer;
  }

  duration(): void {
    const outer = this.enter();
    this.#secondsNanos(true);
    this.end = outer;
  }

  #secondsNanos(isDuration: boolean): void {
    const end = this.end;
    let seconds = 0;
    let nanos = 0;
    while (this.position < end) {
      const tag = this.tag();
      if (tag === 0x08) seconds = this.#int64AsNumber();
      else if (tag === 0x10) nanos = this.varint32() | 0;
      else {
        const known = tag >>> 3 === 1 ? "Seconds" : tag >>> 3 === 2 ? "Nanos" : undefined;
        const wireType = tag & 7;
        const name = isDuration ? "Duration" : "Timestamp";
        if (wireType === 4) throw malformed(`proto: ${name}: wiretype end group for non-group`);
        if (known !== undefined) throw malformed(`proto: wrong wireType = ${wireType} for field ${known}`);
        if (tag >>> 3 === 0) throw malformed(`proto: ${name}: illegal tag 0 (wire type ${wireType})`);
        this.skip(wireType);
      }
    }
    if (isDuration) checkDuration(seconds, nanos);
    else checkTimestamp(seconds, nanos);
  }

  /** Exact up to 2^53; beyond that only the magnitude matters, for the value is refused. */
  #int64AsNumber(): number {
    let value = 0;
    let factor = 1;
    const start = this.position;
    while (this.position < this.end && factor < 0x1000000000000) {
      const byte = this.buffer[this.position++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    this.position = start;
    return Number(this.varint64());
  }

  /** Validates a Process in `[position, end)` and leaves its name's place in {@link nameStart} and {@link nameEnd}. */
  process(): void {
    const end = this.end;
    this.nameStart = 0;
    this.nameEnd = 0;
    while (this.position < end) {
      const tag = this.tag();
      if (tag === 0x12) this.keyValue();
      else if (tag === 0x0a) {
        const length = this.length();
        this.nameStart = this.position;
        this.position += length;
        this.nameEnd = this.position;
      } else this.other(tag, PROCESS);
    }
  }
}
