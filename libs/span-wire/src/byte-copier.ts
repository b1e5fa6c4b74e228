import type { WireWriter } from "./writer.ts";

/** Longer runs are faster through the runtime's own copy. */
const LONG = 256;
/** The top bit of four bytes. */
const TOP_BITS = 0x80808080;

/**
 * Copies runs of one message's bytes into writers, for transcoders: four bytes at a time, which is two to three times as fast as one by
 * one, and a call of the runtime's copy costs more than most texts in spans.
 */
export class ByteCopier {
  readonly #source: Uint8Array;
  readonly #view: DataView;

  constructor(source: Uint8Array) {
    this.#source = source;
    this.#view = new DataView(source.buffer, source.byteOffset, source.length);
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
    let bits = 0;
    let i = from;
    let k = at;
    for (const end = to - 3; i < end; i += 4, k += 4) {
      const four = source.getInt32(i, true);
      target.setInt32(k, four, true);
      bits |= four;
    }
    for (; i < to; i++, k++) {
      const byte = source.getUint8(i);
      target.setUint8(k, byte);
      bits |= byte;
    }
    return (bits & TOP_BITS) === 0;
  }
}
