import { HEAP, type MemoryUse } from "./memory-use.ts";

const FIRST_CHUNK_SPANS = 16;
const CHUNK_SPANS = 512;

/** Spans of a service that came after each other. */
export interface Chunk {
  readonly number: number;
  spans: Int32Array;
  /** Entries written; some of their spans may be gone. */
  size: number;
  /** Entries whose span is still stored. */
  live: number;
  /** Bounds of the start times, in seconds rounded down. */
  minSeconds: number;
  maxSeconds: number;
}

/**
 * The spans of one service in the order of their arrival, in chunks that know between which times their spans start.
 * Spans arrive about as they start, so a search that looks at chunks by their latest start finds the newest first
 * and may stop early; and it stays right when they do not.
 */
export class ServiceIndex {
  readonly #use: MemoryUse;
  readonly #chunks = new Map<number, Chunk>();
  #current: Chunk | undefined;
  #next = 0;

  constructor(use: MemoryUse) {
    this.#use = use;
  }

  /** The number of the chunk that holds the span now. */
  add(span: number, startSeconds: number): number {
    let chunk = this.#current;
    if (chunk === undefined || chunk.size === CHUNK_SPANS) chunk = this.#open();
    if (chunk.size === chunk.spans.length) {
      const grown = new Int32Array(chunk.spans.length * 2);
      grown.set(chunk.spans);
      this.#use.add(chunk.spans.length * 4);
      chunk.spans = grown;
    }
    chunk.spans[chunk.size++] = span;
    chunk.live++;
    if (startSeconds < chunk.minSeconds) chunk.minSeconds = startSeconds;
    if (startSeconds > chunk.maxSeconds) chunk.maxSeconds = startSeconds;
    return chunk.number;
  }

  /** Takes note that a span of this chunk is gone. */
  remove(chunkNumber: number): void {
    const chunk = this.#chunks.get(chunkNumber);
    if (chunk === undefined || --chunk.live > 0) return;
    this.#chunks.delete(chunkNumber);
    this.#use.add(-(chunk.spans.length * 4 + HEAP.chunk));
    if (chunk === this.#current) this.#current = undefined;
  }

  chunks(): IterableIterator<Chunk> {
    return this.#chunks.values();
  }

  #open(): Chunk {
    const first = this.#chunks.size === 0;
    const chunk: Chunk = {
      number: this.#next,
      spans: new Int32Array(first ? FIRST_CHUNK_SPANS : CHUNK_SPANS),
      size: 0,
      live: 0,
      minSeconds: Number.POSITIVE_INFINITY,
      maxSeconds: Number.NEGATIVE_INFINITY,
    };
    this.#next = (this.#next + 1) | 0;
    this.#chunks.set(chunk.number, chunk);
    this.#current = chunk;
    this.#use.add(chunk.spans.length * 4 + HEAP.chunk);
    return chunk;
  }
}
