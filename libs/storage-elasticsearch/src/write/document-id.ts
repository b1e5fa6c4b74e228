import type { JsonBytes } from "@spoor/json-bytes";
import { ContentHash, type EncodedProcess, type EncodedSpan } from "@spoor/span-wire";

/** Letters of an id: the time, in 36 bits of seconds; the span, in 64 bits; the process, in 24 bits. */
const TIME_LETTERS = 6;
const SPAN_LETTERS = 11;
const PROCESS_LETTERS = 4;
const LETTERS = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", "latin1");
const SEED_HIGH = 0x5bd1e995;
const SEED_LOW = 0x1b56c4e9;

/**
 * Ids of spans' documents, which follow from their content: a span that is sent again does not come twice, and another one with the same
 * ids of trace and span is another document. Ids of one time stand together in the server's index, which makes them cheap.
 */
export class DocumentIds {
  readonly #hash = new ContentHash();
  readonly #letters = Buffer.alloc(TIME_LETTERS + SPAN_LETTERS + PROCESS_LETTERS);
  #process: EncodedProcess | undefined;
  #commonFields: Uint8Array | undefined;
  #seconds = -1;

  /** Writes the id of a span that starts in the second `startSeconds`, of letters that need no quoting. `commonFields` are its batch's. */
  write(json: JsonBytes, span: EncodedSpan, commonFields: Uint8Array, startSeconds: number): void {
    const hash = this.#hash;
    // Most spans of a batch share both.
    if (span.process !== this.#process || commonFields !== this.#commonFields) {
      this.#process = span.process;
      this.#commonFields = commonFields;
      hash.reset(SEED_HIGH, SEED_LOW);
      hash.add(span.process.bytes);
      hash.add(commonFields);
      putLetters(this.#letters, TIME_LETTERS + SPAN_LETTERS, PROCESS_LETTERS, hash.high, hash.low);
    }
    if (startSeconds !== this.#seconds) {
      this.#seconds = startSeconds;
      putLetters(this.#letters, 0, TIME_LETTERS, Math.floor(startSeconds / 2 ** 32), startSeconds);
    }
    hash.reset(SEED_HIGH, SEED_LOW);
    hash.add(span.buffer, span.start, span.end);
    putLetters(this.#letters, TIME_LETTERS, SPAN_LETTERS, hash.high, hash.low);
    json.raw(this.#letters);
  }
}

/** The lowest bits of a number of 64 as letters of base64 for URLs, the highest bits first. */
function putLetters(into: Uint8Array, at: number, letters: number, high: number, low: number): void {
  let upper = high;
  let lower = low;
  for (let i = at + letters - 1; i >= at; i--) {
    into[i] = LETTERS[lower & 63] as number;
    lower = (lower >>> 6) | (upper << 26);
    upper >>>= 6;
  }
}
