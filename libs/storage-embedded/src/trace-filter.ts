const BITS_PER_TRACE = 16;
const PROBES = 5;
const CAPACITIES = [1 << 12, 1 << 15, 1 << 18, 1 << 20];

interface Part {
  readonly bits: Uint32Array;
  readonly capacity: number;
  count: number;
}

/** A Bloom filter of the traces of a slice that grows by parts: 2 bytes a trace, wrong for less than one absent trace in 100. */
export class TraceFilter {
  readonly #parts: Part[] = [];

  get bytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.bits.byteLength, 0);
  }

  add(hash: number): void {
    let part = this.#parts.at(-1);
    if (part === undefined || part.count >= part.capacity) {
      const capacity = CAPACITIES[Math.min(this.#parts.length, CAPACITIES.length - 1)] as number;
      part = { bits: new Uint32Array((capacity * BITS_PER_TRACE) / 32), capacity, count: 0 };
      this.#parts.push(part);
    }
    part.count++;
    const size = part.bits.length * 32;
    const step = mix(hash);
    for (let i = 0; i < PROBES; i++) {
      const bit = ((hash + Math.imul(i, step)) >>> 0) % size;
      part.bits[bit >>> 5] = (part.bits[bit >>> 5] as number) | (1 << (bit & 31));
    }
  }

  /** False: certainly not there. */
  has(hash: number): boolean {
    const step = mix(hash);
    return this.#parts.some((part) => isIn(part, hash, step));
  }
}

function isIn(part: Part, hash: number, step: number): boolean {
  const size = part.bits.length * 32;
  for (let i = 0; i < PROBES; i++) {
    const bit = ((hash + Math.imul(i, step)) >>> 0) % size;
    if (((part.bits[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return (mixed ^ (mixed >>> 15)) | 1;
}
