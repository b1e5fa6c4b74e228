import { hexOf, type SpanId } from "@spoor/span-model";
import type { EncodedSpan } from "./encoded-span.ts";
import type { SpanWireError } from "./errors.ts";
import { KeyValueCursor } from "./key-value-cursor.ts";
import { malformed, WireReader } from "./reader.ts";
import { decodeUtf8 } from "./utf8.ts";

const BILLION = 1_000_000_000n;
const EMPTY = new Uint8Array(0);

/**
 * The singular fields of an encoded span, as places in its buffer and plain numbers. One object reads any number of
 * spans without allocating: its fields hold what the last {@link read} found.
 */
export class SpanHeader {
  /** Where the places below are. */
  buffer: Uint8Array = EMPTY;
  /** The 8 bytes of the span id. */
  spanIdStart = -1;
  /** The 8 bytes of the parent's span id inside a reference (rule of `parentReference`); -1 without a parent. */
  parentSpanIdStart = -1;
  operationNameStart = 0;
  operationNameEnd = 0;
  /** Start and duration in whole seconds, with nanoseconds: 0 to 999,999,999 for the start, of the sign of the seconds for the duration. */
  startSeconds = 0;
  startNanos = 0;
  durationSeconds = 0;
  durationNanos = 0;
  /**
   * From the first reference, tag or log to behind the last one, with whatever else stands in between; empty where there is none. Whoever reads one
   * kind of field need not step over the others.
   */
  referencesStart = 0;
  referencesEnd = 0;
  tagsStart = 0;
  tagsEnd = 0;
  logsStart = 0;
  logsEnd = 0;
  readonly #reader = new WireReader(EMPTY);
  #traceIdStart = 0;
  #followsFrom = -1;

  read(span: EncodedSpan): this {
    const reader = this.#reader;
    const { buffer, end } = span;
    this.buffer = buffer;
    reader.open(buffer, span.start, end);
    this.#traceIdStart = span.traceIdStart;
    this.spanIdStart = -1;
    this.parentSpanIdStart = -1;
    this.#followsFrom = -1;
    this.operationNameStart = 0;
    this.operationNameEnd = 0;
    this.referencesStart = this.referencesEnd = this.tagsStart = this.tagsEnd = this.logsStart = this.logsEnd = 0;
    while (reader.position < end) {
      const field = reader.position;
      const tag = reader.varint32();
      switch (tag) {
        case 0x12:
          this.spanIdStart = reader.bytes();
          if (reader.position - this.spanIdStart !== 8) throw notCanonical("span id of another length");
          break;
        case 0x1a:
          this.operationNameStart = reader.bytes();
          this.operationNameEnd = reader.position;
          break;
        case 0x22:
          this.#reference(reader);
          if (this.referencesEnd === 0) this.referencesStart = field;
          this.referencesEnd = reader.position;
          break;
        case 0x32:
          readTime(reader);
          this.startSeconds = timeSeconds;
          this.startNanos = timeNanos;
          break;
        case 0x3a:
          readTime(reader);
          this.durationSeconds = timeSeconds;
          this.durationNanos = timeNanos;
          break;
        case 0x42:
          reader.bytes();
          if (this.tagsEnd === 0) this.tagsStart = field;
          this.tagsEnd = reader.position;
          break;
        case 0x4a:
          reader.bytes();
          if (this.logsEnd === 0) this.logsStart = field;
          this.logsEnd = reader.position;
          break;
        default:
          reader.skip(tag & 7);
      }
    }
    if (this.spanIdStart < 0) throw notCanonical("no span id");
    if (this.parentSpanIdStart < 0) this.parentSpanIdStart = this.#followsFrom;
    return this;
  }

  get spanId(): SpanId {
    return hexOf(this.buffer, this.spanIdStart, 8);
  }

  /** `undefined` without a parent; a parent id of zero counts as none. */
  get parentSpanId(): SpanId | undefined {
    const at = this.parentSpanIdStart;
    if (at < 0) return undefined;
    for (let i = at; i < at + 8; i++) if (this.buffer[i] !== 0) return hexOf(this.buffer, at, 8);
    return undefined;
  }

  get operationName(): string {
    return decodeUtf8(this.buffer, this.operationNameStart, this.operationNameEnd);
  }

  get startTimeNs(): bigint {
    return BigInt(this.startSeconds) * BILLION + BigInt(this.startNanos);
  }

  get durationNs(): bigint {
    return BigInt(this.durationSeconds) * BILLION + BigInt(this.durationNanos);
  }

  #reference(reader: WireReader): void {
    const outer = reader.enter();
    const end = reader.end;
    let traceId = -1;
    let spanId = -1;
    let type = 0;
    while (reader.position < end) {
      const tag = reader.varint32();
      if (tag === 0x18) type = reader.varint32();
      else if (tag === 0x0a || tag === 0x12) {
        const start = reader.bytes();
        const size = tag === 0x0a ? 16 : 8;
        if (reader.position - start !== size) throw notCanonical("reference with an id of another length");
        if (tag === 0x0a) traceId = start;
        else spanId = start;
      } else reader.skip(tag & 7);
    }
    reader.leave(outer);
    if (traceId < 0 || spanId < 0) throw notCanonical("reference without ids");
    if (type > 1 || !this.#isOwnTrace(traceId)) return;
    if (type === 0) {
      if (this.parentSpanIdStart < 0) this.parentSpanIdStart = spanId;
    } else if (this.#followsFrom < 0) this.#followsFrom = spanId;
  }

  #isOwnTrace(at: number): boolean {
    const own = this.#traceIdStart;
    for (let i = 15; i >= 0; i--) if (this.buffer[own + i] !== this.buffer[at + i]) return false;
    return true;
  }
}

/** What {@link readTime} read: whole seconds and nanoseconds. */
let timeSeconds = 0;
let timeNanos = 0;

/** Reads a Timestamp or Duration, whose seconds validation bounded to a safe integer. */
function readTime(reader: WireReader): void {
  const outer = reader.enter();
  const end = reader.end;
  timeSeconds = 0;
  timeNanos = 0;
  while (reader.position < end) {
    const tag = reader.varint32();
    if (tag === 0x08) timeSeconds = reader.varintNumber();
    else if (tag === 0x10) timeNanos = reader.varint32() | 0;
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
}

function notCanonical(reason: string): SpanWireError {
  return malformed(`span is not canonical: ${reason}`);
}

/** What indexes and summaries need of a span, decoded. */
export interface SpanFacts {
  readonly spanId: SpanId;
  /** Rule of `parentReference`; `undefined` without a parent. */
  readonly parentSpanId: SpanId | undefined;
  readonly operationName: string;
  readonly startTimeNs: bigint;
  readonly durationNs: bigint;
  /** Text of the first tag `span.kind`; "" when there is none. */
  readonly spanKind: string;
  /** True when a tag `error` is true, as a bool or as text. */
  readonly hasError: boolean;
}

const header = new SpanHeader();
const cursor = new KeyValueCursor();

/** Reads only what {@link SpanFacts} holds; tags and logs are stepped over. */
export function spanFacts(span: EncodedSpan): SpanFacts {
  header.read(span);
  let spanKind: string | undefined;
  let hasError = false;
  cursor.openSpan(span, false);
  while (cursor.next()) {
    if (cursor.hasKey(KIND_KEY)) spanKind ??= cursor.valueText();
    else if (cursor.hasKey(ERROR_KEY) && cursor.valueText() === "true") hasError = true;
  }
  return {
    spanId: header.spanId,
    parentSpanId: header.parentSpanId,
    operationName: header.operationName,
    startTimeNs: header.startTimeNs,
    durationNs: header.durationNs,
    spanKind: spanKind ?? "",
    hasError,
  };
}

const KIND_KEY = new TextEncoder().encode("span.kind");
const ERROR_KEY = new TextEncoder().encode("error");
