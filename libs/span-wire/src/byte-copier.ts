import { viewOf } from "./numbers.ts";
import type { WireWriter } from "./writer.ts";

/** Longer runs are faster through the runtime's own copy. */
const LONG = 256;
/** The top bit of four bytes. */
const TOP_BITS = 0x80808080;
const EMPTY = new Uint8Array(0);
const NO_VIEW = viewOf(EMPTY);

/**
 * Copies runs of a message's bytes into writers, for transcoders: four bytes at a time, which is two to three times as fast as one by
 * one, and a call of the runtime's copy costs more than most texts in spans.
 */
export class ByteCopier {
  #source: Uint8Array = EMPTY;
  #view: DataView = NO_VIEW;

  constructor(source: Uint8Array = EMPTY) {
    if (source !== EMPTY) this.open(source);
  }

  /** From now on copies out of `source`. */
  open(source: Uint8Array): void {
    this.#source = source;
    this.#view = viewOf(source);
  }

  /** Forgets its source. */
  close(): void {
    this.#source = EMPTY;
    this.#view = NO_VIEW;
  }

  /**
   * Copies `[from, to)` to `at` in the buffer of `out`, where the caller made room; the writer's position stays. True when all bytes are
   * ASCII; long runs are not looked at and count as not.
   */
  copy(from: number, to: number, out: WireWriter, at: number): boolean {
    if (to - from > LONG) {
      out.buffer.set(this.#source.subarray(from, to), at);
      return false;
    }
    const source = this.#view;
    const target = out.view;
    const distance = at - from;
    let bits = 0;
    if (to - from >= 4) {
      const last = to - 4;
      for (let i = from; i < last; i += 4) {
        const four = source.getInt32(i, true);
        target.setInt32(i + distance, four, true);
        bits |= four;
      }
      // The last four, some of them for the second time.
      const four = source.getInt32(last, true);
      target.setInt32(last + distance, four, true);
      bits |= four;
    } else {
      for (let i = from; i < to; i++) {
        const byte = source.getUint8(i);
        target.setUint8(i + distance, byte);
        bits |= byte;
      }
    }
    return (bits & TOP_BITS) === 0;
  }
}
