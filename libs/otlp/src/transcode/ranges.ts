/** A list of byte ranges that is filled anew for every message, without allocating once it has grown. */
export class Ranges {
  /** Start and end of each range, alternating; only the first {@link length} numbers count. */
  readonly bounds: number[] = [];
  length = 0;

  clear(): void {
    this.length = 0;
  }

  add(start: number, end: number): void {
    this.bounds[this.length++] = start;
    this.bounds[this.length++] = end;
  }
}
