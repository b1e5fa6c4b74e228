import { GRPC_STATUS, GrpcError } from "./status.ts";

/*
 * Length-prefixed message: flag (1 byte: 0 plain, 1 compressed), length (4 bytes, big-endian), then that many bytes.
 * Borders of HTTP/2 DATA frames may lie anywhere.
 */
const HEADER_BYTES = 5;
/** Up to here a message's declared length is allocated at once; above, the buffer doubles as bytes really arrive. */
const TRUSTED_BYTES = 128 * 1024;
const MAX_POOLED = 16;

/**
 * Buffers for messages that nobody keeps once they are handled. Fresh ones for every message would be garbage that the collector
 * of the young generation never sees, so that the costly one has to come.
 */
export class BufferPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(TRUSTED_BYTES);
  }

  give(buffer: Buffer): void {
    if (buffer.length === TRUSTED_BYTES && this.#free.length < MAX_POOLED) this.#free.push(buffer);
  }
}

/** Cuts a stream of chunks into messages. A message that lies in one chunk is handed over as a view of it. */
export class MessageAssembler {
  readonly #maxBytes: number;
  readonly #onMessage: (bytes: Buffer, compressed: boolean) => void;
  readonly #pool: BufferPool | undefined;
  #header: Buffer | undefined;
  #headerLength = 0;
  #compressed = false;
  /** Length of the message being collected; -1 between messages. */
  #length = -1;
  #body: Buffer | undefined;
  #received = 0;

  /** With a pool, a message is only good until `onMessage` returns. */
  constructor(maxBytes: number, onMessage: (bytes: Buffer, compressed: boolean) => void, pool?: BufferPool) {
    this.#maxBytes = maxBytes;
    this.#onMessage = onMessage;
    this.#pool = pool;
  }

  /** True inside a message: the end of the stream here would cut it. */
  get partial(): boolean {
    return this.#length >= 0 || this.#headerLength > 0;
  }

  /** Takes the next chunk. Throws GrpcError for a bad flag or a length above the limit, before anything is kept. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#length < 0) {
        at = this.#readHeader(chunk, at);
        if (this.#length !== 0) continue;
      }
      at = this.#readBody(chunk, at);
    }
  }

  #readHeader(chunk: Buffer, start: number): number {
    if (this.#headerLength === 0 && chunk.length - start >= HEADER_BYTES) {
      this.#open(chunk[start] as number, chunk.readUInt32BE(start + 1));
      return start + HEADER_BYTES;
    }
    this.#header ??= Buffer.alloc(HEADER_BYTES);
    const count = Math.min(HEADER_BYTES - this.#headerLength, chunk.length - start);
    chunk.copy(this.#header, this.#headerLength, start, start + count);
    this.#headerLength += count;
    if (this.#headerLength === HEADER_BYTES) {
      this.#headerLength = 0;
      this.#open(this.#header[0] as number, this.#header.readUInt32BE(1));
    }
    return start + count;
  }

  #open(flag: number, length: number): void {
    if (flag > 1) throw new GrpcError(GRPC_STATUS.INTERNAL, `grpc: received unexpected payload format ${flag}`);
    if (length > this.#maxBytes) {
      throw new GrpcError(
        GRPC_STATUS.RESOURCE_EXHAUSTED,
        `grpc: received message larger than max (${length} vs. ${this.#maxBytes})`,
      );
    }
    this.#compressed = flag === 1;
    this.#length = length;
    this.#received = 0;
  }

  #readBody(chunk: Buffer, start: number): number {
    const left = this.#length - this.#received;
    const count = Math.min(left, chunk.length - start);
    if (this.#body === undefined && count === left) {
      this.#deliver(chunk.subarray(start, start + count));
      return start + count;
    }
    const body = this.#room(count);
    chunk.copy(body, this.#received, start, start + count);
    this.#received += count;
    if (this.#received === this.#length) this.#deliver(body.subarray(0, this.#length));
    return start + count;
  }

  #room(extra: number): Buffer {
    const needed = this.#received + extra;
    const body = this.#body;
    if (body !== undefined && body.length >= needed) return body;
    if (body === undefined && this.#pool !== undefined && this.#length <= TRUSTED_BYTES) {
      this.#body = this.#pool.take();
      return this.#body;
    }
    const capacity = Math.min(this.#length, Math.max(TRUSTED_BYTES, needed, (body?.length ?? 0) * 2));
    const grown = Buffer.allocUnsafeSlow(capacity);
    body?.copy(grown, 0, 0, this.#received);
    this.#body = grown;
    return grown;
  }

  #deliver(bytes: Buffer): void {
    const body = this.#body;
    this.#length = -1;
    this.#body = undefined;
    this.#onMessage(bytes, this.#compressed);
    if (body !== undefined) this.#pool?.give(body);
  }
}
