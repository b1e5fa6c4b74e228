/**
 * Nanoseconds since the epoch as the seconds and nanoseconds of protobuf's Timestamp. OTLP times are fixed64, which v1 takes for signed
 * 64-bit numbers. The fields hold the result of the last call, so that the hot path allocates nothing.
 */
export class UnixNanos {
  seconds = 0;
  /** Within [0, 1e9). */
  nanos = 0;

  /** Takes a fixed64 from `bytes` at `at`; zero when `at` is negative. */
  read(bytes: Uint8Array, at: number): void {
    if (at < 0) this.seconds = this.nanos = 0;
    else this.set(word(bytes, at), word(bytes, at + 4));
  }

  /** `low` and `high` are the 32-bit halves, unsigned. */
  set(low: number, high: number): void {
    const high32 = high | 0;
    // The quotient may be off by one (doubles have 53 bits); the remainder is exact modulo 2^32 and tells.
    let seconds = Math.floor((high32 * 4294967296 + low) / 1e9);
    let nanos = (low - Math.imul((seconds % 4294967296) | 0, 1_000_000_000)) | 0;
    if (nanos < 0) {
      seconds--;
      nanos += 1_000_000_000;
    } else if (nanos >= 1_000_000_000) {
      seconds++;
      nanos -= 1_000_000_000;
    }
    this.seconds = seconds;
    this.nanos = nanos;
  }
}

/** The greatest `time.Duration` of Go, in seconds and nanoseconds. */
const MAX_SECONDS = 9_223_372_036;
const MAX_NANOS = 854_775_807;

/** Differences of two times as protobuf's Duration; beyond 64 bits of nanoseconds they stop at the ends, as Go's `Time.Sub`. */
export class NanosBetween {
  seconds = 0;
  /** Of the sign of {@link seconds}, or any when that is 0. */
  nanos = 0;

  set(start: UnixNanos, end: UnixNanos): void {
    let seconds = end.seconds - start.seconds;
    let nanos = end.nanos - start.nanos;
    if (seconds > 0 && nanos < 0) {
      seconds--;
      nanos += 1_000_000_000;
    } else if (seconds < 0 && nanos > 0) {
      seconds++;
      nanos -= 1_000_000_000;
    }
    if (seconds > MAX_SECONDS || (seconds === MAX_SECONDS && nanos > MAX_NANOS)) {
      seconds = MAX_SECONDS;
      nanos = MAX_NANOS;
    } else if (seconds < -MAX_SECONDS || (seconds === -MAX_SECONDS && nanos < -MAX_NANOS - 1)) {
      seconds = -MAX_SECONDS;
      nanos = -MAX_NANOS - 1;
    }
    this.seconds = seconds;
    this.nanos = nanos;
  }
}

/** 32 bits, little-endian, unsigned. */
function word(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return (low | ((bytes[at + 3] as number) << 24)) >>> 0;
}
