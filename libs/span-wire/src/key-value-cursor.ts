import type { EncodedProcess, EncodedSpan } from "./encoded-span.ts";
import { KeyValuePlaces } from "./key-value-places.ts";
import { WireReader } from "./reader.ts";

const EMPTY = new Uint8Array(0);
const NO_FIELD = -1;

/**
 * Walks the key-values of a span or process without allocating: open something, then call {@link next} until it is
 * false; after each true the fields describe one key-value as places in {@link buffer}. One cursor serves any number
 * of spans.
 *
 * ```ts
 * cursor.openSpan(span, true);
 * while (cursor.next()) if (cursor.hasKey(key) && cursor.valueText() === wanted) return true;
 * ```
 */
export class KeyValueCursor extends KeyValuePlaces {
  /** True when the key-value is a field of a log. */
  inLog = false;
  readonly #reader = new WireReader(EMPTY);
  #tagField = NO_FIELD;
  #logField = NO_FIELD;
  #outerEnd = 0;

  /** A span's tags and, `withLogs`, the fields of its logs, in the order of the bytes. */
  openSpan(span: EncodedSpan, withLogs: boolean): void {
    this.openFields(span.buffer, span.start, span.end, withLogs);
  }

  /** Encoded fields of Span, such as `commonFields` of a SpanBatch. */
  openFields(buffer: Uint8Array, start: number, end: number, withLogs: boolean): void {
    this.#open(buffer, start, end, 0x42, withLogs ? 0x4a : NO_FIELD);
  }

  openProcess(process: EncodedProcess): void {
    this.#open(process.bytes, 0, process.bytes.length, 0x12, NO_FIELD);
  }

  #open(buffer: Uint8Array, start: number, end: number, tagField: number, logField: number): void {
    this.buffer = buffer;
    this.#reader.open(buffer, start, end);
    this.#outerEnd = end;
    this.#tagField = tagField;
    this.#logField = logField;
    this.inLog = false;
  }

  next(): boolean {
    const reader = this.#reader;
    for (;;) {
      if (reader.position >= reader.end) {
        if (!this.inLog) return false;
        this.inLog = false;
        reader.end = this.#outerEnd;
        continue;
      }
      const tag = reader.varint32();
      if (tag === (this.inLog ? 0x12 : this.#tagField)) {
        this.read(reader);
        return true;
      }
      if (tag === this.#logField && !this.inLog) {
        reader.enter();
        this.inLog = true;
      } else reader.skip(tag & 7);
    }
  }
}
