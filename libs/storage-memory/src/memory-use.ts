/** Bytes that one tenant's store holds; every part of it adds what it allocates and takes back what it drops. */
export class MemoryUse {
  bytes = 0;

  add(bytes: number): void {
    this.bytes += bytes;
  }
}

/** Rough sizes of objects on the heap, for accounting. */
export const HEAP = { process: 240, operation: 320, service: 900, chunk: 160, slab: 200 } as const;
