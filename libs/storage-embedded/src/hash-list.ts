/** A growing list of 32-bit hashes. */
export class HashList {
  values: Uint32Array;
  count = 0;

  constructor(capacity: number = 1024) {
    this.values = new Uint32Array(capacity);
  }

  push(hash: number): void {
    if (this.count === this.values.length) {
      const grown = new Uint32Array(this.count * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.count++] = hash;
  }
}
