import { OtlpError } from "../errors.ts";

/** What a message of unusual size needed is not kept. */
const MOST_KEPT = 4096;

/** A list of byte ranges that is filled anew for every message, without allocating once it has grown. */
export class Ranges {
  /** Start and end of each range, alternating; only the first {@link length} numbers count. */
  bounds: number[] = [];
  length = 0;
  readonly #max: number;

  /** `maxRanges` is a limit of the decoder. */
  constructor(maxRanges: number) {
    this.#max = maxRanges * 2;
  }

  clear(): void {
    this.length = 0;
    if (this.bounds.length > MOST_KEPT) this.bounds = [];
  }

  add(start: number, end: number): void {
    if (this.length >= this.#max) {
      throw new OtlpError("LIMIT_EXCEEDED", `more than ${this.#max / 2} elements in one message`);
    }
    this.bounds[this.length++] = start;
    this.bounds[this.length++] = end;
  }
}
