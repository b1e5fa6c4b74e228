import { VALUE_TYPE } from "@spoor/span-model";
import { type EncodedProcess, KeyValueCursor, KeyValuePlaces, WireReader } from "@spoor/span-wire";
import { hashBytes, hashText, hashUtf8, SEED } from "./hash.ts";
import { HashList } from "./hash-list.ts";

/** Bits of a span's role in the dependency graph. */
export const ROLE = { hasParent: 1, client: 2, server: 4 } as const;

const KIND_KEY = new TextEncoder().encode("span.kind");
const CLIENT = new TextEncoder().encode("client");
const SERVER = new TextEncoder().encode("server");
const TRUE = new TextEncoder().encode("true");
const FALSE = new TextEncoder().encode("false");
const EMPTY = new Uint8Array(0);

/**
 * One pass over an encoded span (canonical, as EncodedSpan promises) that gives the store all it keeps beside the bytes: the hashes of operation,
 * tags and log fields; start, duration, ids of span and parent, role. Allocates nothing for strings, bools and integers. A pass of SpanHeader and
 * one of KeyValueCursor would say the same and take a fifth longer.
 */
export class SpanScanner {
  /** Hashes of the span last scanned are appended here. */
  readonly hashes = new HashList();
  startMs = 0;
  /** See {@link durationBucket}. */
  duration = 0;
  spanIdHigh = 0;
  spanIdLow = 0;
  parentIdHigh = 0;
  parentIdLow = 0;
  role = 0;
  /** Hash of the operation name, and of the first tag `span.kind` (0 without one). */
  operationHash = 0;
  kindHash = 0;
  readonly #reader = new WireReader(EMPTY);
  readonly #keyValue = new KeyValuePlaces();
  readonly #processTags = new KeyValueCursor();
  #traceIdStart = 0;
  #parent = -1;
  #followsFrom = -1;
  #seconds = 0;
  #nanos = 0;

  /** Throws a SpanWireError when the bytes are not what they should be; `hashes` then holds a part. */
  scan(buffer: Uint8Array, start: number, end: number, traceIdStart: number): void {
    const reader = this.#reader;
    const keyValue = this.#keyValue;
    const { hashes } = this;
    reader.open(buffer, start, end);
    this.#traceIdStart = traceIdStart;
    this.#parent = -1;
    this.#followsFrom = -1;
    this.role = 0;
    this.kindHash = 0;
    this.startMs = 0;
    this.duration = 0;
    let operationStart = 0;
    let operationEnd = 0;
    while (reader.position < end) {
      const tag = reader.varint32();
      switch (tag) {
        case 0x42:
          keyValue.read(reader);
          hashes.push(this.#spanTagHash(keyValue));
          break;
        case 0x4a:
          this.#log(reader);
          break;
        case 0x12: {
          const at = reader.bytes();
          this.spanIdHigh = wordAt(buffer, at);
          this.spanIdLow = wordAt(buffer, at + 4);
          break;
        }
        case 0x1a:
          operationStart = reader.bytes();
          operationEnd = reader.position;
          break;
        case 0x22:
          this.#reference(reader);
          break;
        case 0x32:
          this.#time(reader);
          this.startMs = this.#seconds * 1000 + Math.floor(this.#nanos / 1e6);
          break;
        case 0x3a:
          this.#time(reader);
          this.duration = durationBucket(this.#seconds * 1e9 + this.#nanos);
          break;
        default:
          reader.skip(tag & 7);
      }
    }
    const parent = this.#parent < 0 ? this.#followsFrom : this.#parent;
    this.parentIdHigh = parent < 0 ? 0 : wordAt(buffer, parent);
    this.parentIdLow = parent < 0 ? 0 : wordAt(buffer, parent + 4);
    if (this.parentIdHigh !== 0 || this.parentIdLow !== 0) this.role |= ROLE.hasParent;
    this.operationHash = hashUtf8(buffer, operationStart, operationEnd, SEED.operation);
    hashes.push(this.operationHash);
  }

  #log(reader: WireReader): void {
    const outer = reader.enter();
    const { end } = reader;
    while (reader.position < end) {
      const tag = reader.varint32();
      if (tag === 0x12) {
        this.#keyValue.read(reader);
        this.hashes.push(tagHash(this.#keyValue));
      } else reader.skip(tag & 7);
    }
    reader.leave(outer);
  }

  #reference(reader: WireReader): void {
    const outer = reader.enter();
    const { end, buffer } = reader;
    let traceId = -1;
    let spanId = -1;
    let type = 0;
    while (reader.position < end) {
      const tag = reader.varint32();
      if (tag === 0x0a) traceId = reader.bytes();
      else if (tag === 0x12) spanId = reader.bytes();
      else if (tag === 0x18) type = reader.varint32();
      else reader.skip(tag & 7);
    }
    reader.leave(outer);
    if (traceId < 0 || spanId < 0) return;
    for (let i = 15; i >= 0; i--) if (buffer[traceId + i] !== buffer[this.#traceIdStart + i]) return;
    if (type === 0) {
      if (this.#parent < 0) this.#parent = spanId;
    } else if (type === 1 && this.#followsFrom < 0) this.#followsFrom = spanId;
  }

  #time(reader: WireReader): void {
    const outer = reader.enter();
    const { end } = reader;
    this.#seconds = 0;
    this.#nanos = 0;
    while (reader.position < end) {
      const tag = reader.varint32();
      if (tag === 0x08) this.#seconds = reader.varintNumber();
      else if (tag === 0x10) this.#nanos = reader.varint32() | 0;
      else reader.skip(tag & 7);
    }
    reader.leave(outer);
  }

  /** Appends the hashes of a process: its tags and its service. */
  scanProcess(process: EncodedProcess): void {
    const tags = this.#processTags;
    tags.openProcess(process);
    while (tags.next()) this.hashes.push(tagHash(tags));
    this.hashes.push(hashText(process.serviceName, SEED.service));
  }

  #spanTagHash(tag: KeyValuePlaces): number {
    const hash = tagHash(tag);
    if (this.kindHash === 0 && tag.hasKey(KIND_KEY)) {
      this.kindHash = hash === 0 ? 1 : hash;
      if (tag.hasStringValue(CLIENT)) this.role |= ROLE.client;
      else if (tag.hasStringValue(SERVER)) this.role |= ROLE.server;
    }
    return hash;
  }
}

/** As `hashTag` of the key and the value's text. */
function tagHash(tag: KeyValuePlaces): number {
  const { buffer } = tag;
  const keyHash = hashUtf8(buffer, tag.keyStart, tag.keyEnd, SEED.tag);
  switch (tag.type) {
    case VALUE_TYPE.string:
      return hashUtf8(buffer, tag.valueStart, tag.valueEnd, keyHash);
    case VALUE_TYPE.bool:
      return tag.low !== 0 ? hashBytes(TRUE, 0, TRUE.length, keyHash) : hashBytes(FALSE, 0, FALSE.length, keyHash);
    case VALUE_TYPE.int64:
      // Within 53 bits a double is exact.
      if (tag.high >= 0 && tag.high < 0x200000) return integerHash(tag.high * 4294967296 + (tag.low >>> 0), keyHash);
      return hashText(tag.int64Text(), keyHash);
    default:
      return hashText(tag.valueText(), keyHash);
  }
}

const DIGITS = new Uint8Array(16);

/** The hash of an integer's decimal digits. */
function integerHash(value: number, seed: number): number {
  let digit = DIGITS.length;
  do {
    const next = Math.floor(value / 10);
    DIGITS[--digit] = 48 + (value - next * 10);
    value = next;
  } while (value > 0);
  return hashBytes(DIGITS, digit, DIGITS.length, seed);
}

/** Big-endian. */
function wordAt(buffer: Uint8Array, at: number): number {
  return (
    (((buffer[at] as number) << 24) |
      ((buffer[at + 1] as number) << 16) |
      ((buffer[at + 2] as number) << 8) |
      (buffer[at + 3] as number)) >>>
    0
  );
}

/** Durations in steps of about one percent: 0 for none or negative, up to {@link MAX_DURATION_BUCKET} growing with the duration. */
export function durationBucket(durationNs: number): number {
  return durationNs < 1 ? 0 : Math.min(MAX_DURATION_BUCKET, 1 + Math.floor(64 * Math.log2(durationNs)));
}

/** Of 2^64 nanoseconds, which are 584 years, and more. */
export const MAX_DURATION_BUCKET = 4097;
