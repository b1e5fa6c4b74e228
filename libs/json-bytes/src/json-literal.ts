import { viewOf } from "@spoor/span-wire";

/** Literals are written in whole words: so much room must there be behind them, where nothing is written yet. */
export const WORD = 8;

/** JSON text that is written often. */
export class JsonLiteral {
  /** In bytes. */
  readonly length: number;
  /**
   * Its bytes, eight at a time, and zeros up to a whole word. None of these numbers is NaN, whose bits might change: that takes a byte 0x7f or 0xff
   * behind one of 0xf0 or more, which UTF-8 has not.
   */
  readonly words: Float64Array;

  constructor(json: string | Uint8Array) {
    const bytes = typeof json === "string" ? Buffer.from(json) : json;
    this.length = bytes.length;
    const padded = new Uint8Array(Math.ceil(bytes.length / WORD) * WORD);
    padded.set(bytes);
    const view = viewOf(padded);
    this.words = new Float64Array(padded.length / WORD);
    for (let i = 0; i < this.words.length; i++) this.words[i] = view.getFloat64(i * WORD, true);
  }
}
