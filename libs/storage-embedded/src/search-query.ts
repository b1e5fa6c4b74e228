import type { EncodedSpan } from "@spoor/span-wire";
import { decodeUtf8, KeyValueCursor, SpanHeader } from "@spoor/span-wire";
import { hashTag, hashText, SEED } from "./hash.ts";
import { durationBucket, MAX_DURATION_BUCKET } from "./span-scanner.ts";

/** A TraceQuery as it crosses the thread border. */
export interface SearchQuery {
  readonly tenant: string;
  readonly serviceName: string | undefined;
  readonly operationName: string | undefined;
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly startTimeMinNs: bigint;
  readonly startTimeMaxNs: bigint;
  readonly durationMinNs: bigint | undefined;
  readonly durationMaxNs: bigint | undefined;
  readonly limit: number;
}

const encoder = new TextEncoder();

/** A query with everything worked out that does not depend on where it looks. */
export class SearchPlan {
  readonly query: SearchQuery;
  readonly serviceHash: number | undefined;
  /** Keys of the inverted index that the span itself must have. */
  readonly operationHash: number | undefined;
  readonly tagHashes: readonly number[];
  readonly minMs: number;
  readonly maxMs: number;
  readonly minDuration: number;
  readonly maxDuration: number;
  readonly #tags: readonly WantedTag[];
  readonly #header = new SpanHeader();
  readonly #cursor = new KeyValueCursor();

  constructor(query: SearchQuery) {
    this.query = query;
    this.serviceHash = query.serviceName === undefined ? undefined : hashText(query.serviceName, SEED.service);
    this.operationHash = query.operationName === undefined ? undefined : hashText(query.operationName, SEED.operation);
    this.tagHashes = query.tags.map(([key, value]) => hashTag(key, value));
    this.minMs = floorMs(query.startTimeMinNs);
    this.maxMs = floorMs(query.startTimeMaxNs);
    this.minDuration = query.durationMinNs === undefined ? 0 : durationBucket(Number(query.durationMinNs));
    this.maxDuration =
      query.durationMaxNs === undefined ? MAX_DURATION_BUCKET : durationBucket(Number(query.durationMaxNs));
    this.#tags = query.tags.map(([key, value]) => ({ key, keyBytes: encoder.encode(key), value }));
  }

  /** The start in nanoseconds when the span meets every condition, else `undefined`. */
  verify(span: EncodedSpan): bigint | undefined {
    const { query } = this;
    if (query.serviceName !== undefined && span.process.serviceName !== query.serviceName) return undefined;
    const header = this.#header.read(span);
    if (query.operationName !== undefined) {
      const name = decodeUtf8(span.buffer, header.operationNameStart, header.operationNameEnd);
      if (name !== query.operationName) return undefined;
    }
    const startNs = header.startTimeNs;
    if (startNs < query.startTimeMinNs || startNs > query.startTimeMaxNs) return undefined;
    if (query.durationMinNs !== undefined && header.durationNs < query.durationMinNs) return undefined;
    if (query.durationMaxNs !== undefined && header.durationNs > query.durationMaxNs) return undefined;
    for (const tag of this.#tags) if (!this.#hasTag(span, tag)) return undefined;
    return startNs;
  }

  #hasTag(span: EncodedSpan, wanted: WantedTag): boolean {
    const cursor = this.#cursor;
    cursor.openSpan(span, true);
    while (cursor.next()) if (isAt(cursor, wanted)) return true;
    cursor.openProcess(span.process);
    while (cursor.next()) if (isAt(cursor, wanted)) return true;
    return false;
  }
}

interface WantedTag {
  readonly key: string;
  readonly keyBytes: Uint8Array;
  readonly value: string;
}

function isAt(cursor: KeyValueCursor, { key, keyBytes, value }: WantedTag): boolean {
  // A key with U+FFFD can stand for bytes that are no UTF-8.
  const hasKey = cursor.hasKey(keyBytes) || (key.includes("\ufffd") && cursor.key() === key);
  return hasKey && cursor.valueText() === value;
}

/** Milliseconds, rounded down. */
export function floorMs(ns: bigint): number {
  const ms = ns / 1_000_000n;
  return Number(ns < 0n && ms * 1_000_000n !== ns ? ms - 1n : ms);
}
