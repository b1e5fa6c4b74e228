import type { EncodedSpan } from "@spoor/span-wire";
import { Fnv1a64 } from "./fnv1a.ts";

/** v1's salt when none is given. */
export const DEFAULT_HASH_SALT = "downsampling-default-salt";
const TRACE_ID_BYTES = 16;

/**
 * Keeps the traces whose hash lies in the lower `ratio` of its range, the same ones on every collector with the same salt:
 * FNV-1a 64 over salt and trace id (jaegertracing/jaeger `internal/storage/v1/api/spanstore/spanstoremetrics/downsampling_writer.go`).
 */
export class Downsampling {
  readonly #thresholdHigh: number;
  readonly #thresholdLow: number;
  readonly #saltHigh: number;
  readonly #saltLow: number;
  readonly #hash = new Fnv1a64();

  /** `ratio` from 0 (keeps nothing but hash 0) to 1. */
  constructor(ratio: number, salt: string) {
    const threshold = thresholdOf(ratio);
    this.#thresholdHigh = Number(threshold >> 32n);
    this.#thresholdLow = Number(threshold & 0xffffffffn);
    const bytes = new TextEncoder().encode(salt === "" ? DEFAULT_HASH_SALT : salt);
    const hash = new Fnv1a64();
    hash.update(bytes, 0, bytes.length);
    this.#saltHigh = hash.high;
    this.#saltLow = hash.low;
  }

  keeps(span: EncodedSpan): boolean {
    const hash = this.#hash;
    hash.set(this.#saltHigh, this.#saltLow);
    hash.update(span.buffer, span.traceIdStart, span.traceIdStart + TRACE_ID_BYTES);
    if (hash.high !== this.#thresholdHigh) return hash.high < this.#thresholdHigh;
    return hash.low <= this.#thresholdLow;
  }
}

/** floor(ratio x (2^64 - 1)), exact for the double given. */
function thresholdOf(ratio: number): bigint {
  if (ratio >= 1) return 0xffff_ffff_ffff_ffffn;
  if (!(ratio > 0)) return 0n;
  // A double below 1 is n / 2^k exactly.
  let numerator = ratio;
  let exponent = 0n;
  while (!Number.isInteger(numerator)) {
    numerator *= 2;
    exponent++;
  }
  return (BigInt(numerator) * 0xffff_ffff_ffff_ffffn) >> exponent;
}
