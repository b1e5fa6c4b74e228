import { SpanWireError } from "./errors.ts";
import { unexpectedEnd, WireReader } from "./reader.ts";
import { DURATION, KEY_VALUE, LOG, PROCESS, SPAN_REF, TIMESTAMP } from "./shapes.ts";
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

  spend(): void {
    if (--this.budget < 0) throw new SpanWireError("LIMIT_EXCEEDED", "span has too many tags, logs or references");
  }

  /** The hot spot of a scan: short fields are stepped over with locals, everything else through {@link WireReader}. */
  keyValue(): void {
    this.spend();
    const outer = this.enter();
    const { buffer, end } = this;
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
      // A number of several bytes.
      if (tag === 0x10 || tag === 0x20 || tag === 0x28) {
        this.position++;
        this.skip(0);
      } else this.skipField(this.tag(), KEY_VALUE);
      position = this.position;
    }
    this.position = end;
    this.leave(outer);
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
      } else this.skipField(tag, LOG);
    }
    if (!timed) this.odd = true;
    this.leave(outer);
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
      else this.skipField(tag, SPAN_REF);
    }
    if (this.refTraceId < 0 || this.refSpanId < 0) this.odd = true;
    this.leave(outer);
  }

  /** Where the id's bytes begin. An id of 8 bytes is the low half: valid, but {@link odd}. */
  traceId(): number {
    const start = this.bytes();
    const length = this.position - start;
    if (length !== 16) {
      if (length !== 8) throw new SpanWireError("INVALID_ID", "invalid length for TraceID");
      this.odd = true;
    }
    return start;
  }

  spanId(): number {
    const start = this.bytes();
    if (this.position - start !== 8) throw new SpanWireError("INVALID_ID", "invalid length for SpanID");
    return start;
  }

  timestamp(): void {
    this.#secondsNanos(false);
  }

  duration(): void {
    this.#secondsNanos(true);
  }

  #secondsNanos(isDuration: boolean): void {
    const outer = this.enter();
    const end = this.end;
    let seconds = 0;
    let nanos = 0;
    while (this.position < end) {
      const tag = this.tag();
      if (tag === 0x08) seconds = this.varintNumber();
      else if (tag === 0x10) nanos = this.varint32() | 0;
      else this.skipField(tag, isDuration ? DURATION : TIMESTAMP);
    }
    this.leave(outer);
    if (isDuration) checkDuration(seconds, nanos);
    else checkTimestamp(seconds, nanos);
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
        this.nameStart = this.bytes();
        this.nameEnd = this.position;
      } else this.skipField(tag, PROCESS);
    }
  }
}
