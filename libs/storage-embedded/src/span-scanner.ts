import { VALUE_TYPE } from "@spoor/span-model";
import { formatFloat } from "@spoor/span-wire";
import { hashBytes, hashText, hashUtf8, SEED } from "./hash.ts";
import { HashList } from "./hash-list.ts";

/** Bits of a span's role in the dependency graph. */
export const ROLE = { hasParent: 1, client: 2, server: 4 } as const;

const KIND_KEY = new TextEncoder().encode("span.kind");
const CLIENT = new TextEncoder().encode("client");
const SERVER = new TextEncoder().encode("server");
const TRUE = new TextEncoder().encode("true");
const FALSE = new TextEncoder().encode("false");
const DAMAGED = "stored span is damaged";

/**
 * One pass over an encoded span (canonical, as EncodedSpan promises) that gives the store all it keeps beside the
 * bytes: the hashes of operation, tags and log fields; start, duration, ids of span and parent, role. Allocates nothing
 * for strings, bools and integers, which is why it is not built on the general readers of span-wire.
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
  #buffer: Uint8Array = EMPTY;
  #at = 0;
  #traceId = 0;
  #followsFrom = -1;
  #parent = -1;
  #seconds = 0;
  #nanos = 0;

  /** Throws when the bytes are not what they should be; `hashes` then holds a part. */
  scan(buffer: Uint8Array, start: number, end: number, traceIdStart: number): void {
    this.#buffer = buffer;
    this.#at = start;
    this.#traceId = traceIdStart;
    this.#parent = -1;
    this.#followsFrom = -1;
    this.role = 0;
    this.kindHash = 0;
    this.startMs = 0;
    this.duration = 0;
    let operationStart = 0;
    let operationEnd = 0;
    while (this.#at < end) {
      const tag = this.#varint(end);
      if ((tag & 7) !== 2) {
        this.#skip(tag & 7, end);
        continue;
      }
      const length = this.#varint(end);
      const from = this.#at;
      const to = from + length;
      if (to > end) throw new RangeError(DAMAGED);
      switch (tag) {
        case 0x42:
          this.hashes.push(this.#keyValue(to, true));
          break;
        case 0x4a:
          this.#log(to);
          break;
        case 0x12:
          this.spanIdHigh = this.#word(from);
          this.spanIdLow = this.#word(from + 4);
          break;
        case 0x1a:
          operationStart = from;
          operationEnd = to;
          break;
        case 0x22:
          this.#reference(to);
          break;
        case 0x32:
          this.#time(to);
          this.startMs = this.#seconds * 1000 + Math.floor(this.#nanos / 1e6);
          break;
        case 0x3a:
          this.#time(to);
          this.duration = durationBucket(this.#seconds * 1e9 + this.#nanos);
          break;
      }
      this.#at = to;
    }
    this.operationHash = hashUtf8(buffer, operationStart, operationEnd, SEED.operation);
    this.hashes.push(this.operationHash);
    const parent = this.#parent >= 0 ? this.#parent : this.#followsFrom;
    if (parent >= 0) {
      this.parentIdHigh = this.#word(parent);
      this.parentIdLow = this.#word(parent + 4);
      if (this.parentIdHigh !== 0 || this.parentIdLow !== 0) this.role |= ROLE.hasParent;
    } else {
      this.parentIdHigh = 0;
      this.parentIdLow = 0;
    }
  }

  /** Appends the hashes of a process: its service and its tags. */
  scanProcess(bytes: Uint8Array): void {
    this.#buffer = bytes;
    this.#at = 0;
    const end = bytes.length;
    let nameStart = 0;
    let nameEnd = 0;
    while (this.#at < end) {
      const tag = this.#varint(end);
      if ((tag & 7) !== 2) {
        this.#skip(tag & 7, end);
        continue;
      }
      const length = this.#varint(end);
      const from = this.#at;
      const to = from + length;
      if (to > end) throw new RangeError(DAMAGED);
      if (tag === 0x0a) {
        nameStart = from;
        nameEnd = to;
      } else if (tag === 0x12) this.hashes.push(this.#keyValue(to, false));
      this.#at = to;
    }
    this.hashes.push(hashUtf8(bytes, nameStart, nameEnd, SEED.service));
  }

  #log(end: number): void {
    while (this.#at < end) {
      const tag = this.#varint(end);
      if ((tag & 7) !== 2) {
        this.#skip(tag & 7, end);
        continue;
      }
      const length = this.#varint(end);
      const to = this.#at + length;
      if (to > end) throw new RangeError(DAMAGED);
      if (tag === 0x12) this.hashes.push(this.#keyValue(to, false));
      this.#at = to;
    }
  }

  #keyValue(end: number, isSpanTag: boolean): number {
    const buffer = this.#buffer;
    let keyStart = 0;
    let keyEnd = 0;
    let textStart = 0;
    let textEnd = 0;
    let binaryStart = 0;
    let binaryEnd = 0;
    let integer = -1;
    let bool = -1;
    let double = -1;
    let type = 0;
    while (this.#at < end) {
      const tag = this.#varint(end);
      switch (tag) {
        case 0x0a: {
          const length = this.#varint(end);
          keyStart = this.#at;
          this.#at = keyEnd = keyStart + length;
          break;
        }
        case 0x10:
          type = this.#varint(end) | 0;
          break;
        case 0x1a: {
          const length = this.#varint(end);
          textStart = this.#at;
          this.#at = textEnd = textStart + length;
          break;
        }
        case 0x20:
          bool = this.#at;
          this.#skip(0, end);
          break;
        case 0x28:
          integer = this.#at;
          this.#skip(0, end);
          break;
        case 0x31:
          double = this.#at;
          this.#at += 8;
          break;
        case 0x3a: {
          const length = this.#varint(end);
          binaryStart = this.#at;
          this.#at = binaryEnd = binaryStart + length;
          break;
        }
        default:
          this.#skip(tag & 7, end);
      }
    }
    if (this.#at !== end) throw new RangeError(DAMAGED);
    const keyHash = hashUtf8(buffer, keyStart, keyEnd, SEED.tag);
    const isKind = isSpanTag && this.kindHash === 0 && same(buffer, keyStart, keyEnd, KIND_KEY);
    let hash: number;
    switch (type) {
      case VALUE_TYPE.string:
        hash = hashUtf8(buffer, textStart, textEnd, keyHash);
        if (isKind) {
          if (same(buffer, textStart, textEnd, CLIENT)) this.role |= ROLE.client;
          else if (same(buffer, textStart, textEnd, SERVER)) this.role |= ROLE.server;
        }
        break;
      case VALUE_TYPE.bool:
        hash = bool >= 0 && this.#isNotZero(bool) ? hashBytes(TRUE, 0, 4, keyHash) : hashBytes(FALSE, 0, 5, keyHash);
        break;
      case VALUE_TYPE.int64:
        hash = this.#integer(integer, end, keyHash);
        break;
      case VALUE_TYPE.float64:
        hash = hashText(formatFloat(double < 0 ? 0 : viewOf(buffer).getFloat64(double, true)), keyHash);
        break;
      case VALUE_TYPE.binary:
        hash = hashText(Buffer.from(buffer.subarray(binaryStart, binaryEnd)).toString("hex"), keyHash);
        break;
      default:
        hash = hashText(`unknown type ${type}`, keyHash);
    }
    if (isKind) this.kindHash = hash === 0 ? 1 : hash;
    return hash;
  }

  /** The hash of an int64's decimal digits. */
  #integer(at: number, end: number, keyHash: number): number {
    if (at < 0) return hashText("0", keyHash);
    const resume = this.#at;
    this.#at = at;
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#buffer[this.#at++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) break;
      factor *= 128;
      if (factor > 0x2000000000000 / 128) {
        this.#at = at;
        const text = this.#bigVarint(end).toString();
        this.#at = resume;
        return hashText(text, keyHash);
      }
    }
    this.#at = resume;
    let digit = DIGITS.length;
    do {
      const next = Math.floor(value / 10);
      DIGITS[--digit] = 48 + (value - next * 10);
      value = next;
    } while (value > 0);
    return hashBytes(DIGITS, digit, DIGITS.length, keyHash);
  }

  #bigVarint(end: number): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n && this.#at < end; shift += 7n) {
      const byte = this.#buffer[this.#at++] as number;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    return BigInt.asIntN(64, value);
  }

  #isNotZero(at: number): boolean {
    for (let i = at; ; i++) {
      const byte = this.#buffer[i] as number;
      if ((byte & 127) !== 0) return true;
      if (byte < 128) return false;
    }
  }

  #reference(end: number): void {
    let traceId = -1;
    let spanId = -1;
    let type = 0;
    while (this.#at < end) {
      const tag = this.#varint(end);
      if (tag === 0x0a || tag === 0x12) {
        const length = this.#varint(end);
        if (tag === 0x0a) traceId = this.#at;
        else spanId = this.#at;
        this.#at += length;
      } else if (tag === 0x18) type = this.#varint(end);
      else this.#skip(tag & 7, end);
    }
    if (traceId < 0 || spanId < 0) return;
    for (let i = 15; i >= 0; i--) if (this.#buffer[traceId + i] !== this.#buffer[this.#traceId + i]) return;
    if (type === 0) {
      if (this.#parent < 0) this.#parent = spanId;
    } else if (type === 1 && this.#followsFrom < 0) this.#followsFrom = spanId;
  }

  #time(end: number): void {
    this.#seconds = 0;
    this.#nanos = 0;
    while (this.#at < end) {
      const tag = this.#varint(end);
      if (tag === 0x08) this.#seconds = this.#signed(end);
      else if (tag === 0x10) this.#nanos = this.#varint(end) | 0;
      else this.#skip(tag & 7, end);
    }
  }

  #signed(end: number): number {
    const at = this.#at;
    let value = 0;
    for (let factor = 1; factor < 0x1000000000000 && this.#at < end; factor *= 128) {
      const byte = this.#buffer[this.#at++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    this.#at = at;
    return Number(this.#bigVarint(end));
  }

  /** Low 32 bits of a varint. */
  #varint(end: number): number {
    const buffer = this.#buffer;
    let byte = buffer[this.#at++] as number;
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let shift = 7; shift < 70; shift += 7) {
      if (this.#at >= end) break;
      byte = buffer[this.#at++] as number;
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw new RangeError(DAMAGED);
  }

  #skip(wireType: number, end: number): void {
    if (wireType === 2) {
      const length = this.#varint(end);
      this.#at += length;
    } else if (wireType === 0) {
      while (this.#at < end && (this.#buffer[this.#at] as number) >= 128) this.#at++;
      this.#at++;
    } else if (wireType === 1) this.#at += 8;
    else if (wireType === 5) this.#at += 4;
    else throw new RangeError(DAMAGED);
  }

  #word(at: number): number {
    const buffer = this.#buffer;
    return (
      (((buffer[at] as number) << 24) |
        ((buffer[at + 1] as number) << 16) |
        ((buffer[at + 2] as number) << 8) |
        (buffer[at + 3] as number)) >>>
      0
    );
  }
}

const EMPTY = new Uint8Array(0);
const DIGITS = new Uint8Array(20);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function same(buffer: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (buffer[start + i] !== text[i]) return false;
  return true;
}

/** Durations in steps of about one percent: 0 for none or negative, up to {@link MAX_DURATION_BUCKET} growing with the duration. */
export function durationBucket(durationNs: number): number {
  return durationNs < 1 ? 0 : Math.min(MAX_DURATION_BUCKET, 1 + Math.floor(64 * Math.log2(durationNs)));
}

/** Of 2^64 nanoseconds, which are 584 years, and more. */
export const MAX_DURATION_BUCKET = 4097;
