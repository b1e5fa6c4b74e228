import * as zlib from "node:zlib";

/** Rows above this are compressed and decompressed by themselves, so that no context grows to the size of the largest. */
const MAX_REUSED_BYTES = 1024 * 1024;
/** A decoder that is given room to spare reads on to the frame's checksum. */
const SPARE_BYTES = 64;

const COMPRESS_OPTIONS: zlib.ZstdOptions = {
  chunkSize: 8 * 1024,
  params: {
    [zlib.constants.ZSTD_c_compressionLevel]: 1,
    [zlib.constants.ZSTD_c_checksumFlag]: 1,
  },
};

/**
 * The runtime's native half of a compression stream. Making a context costs more than compressing a row with it, and the runtime's
 * one-shot functions make one a call; its streams keep theirs but go through the thread pool. So the streams' synchronous half is used,
 * which is not documented but unchanged for many releases (packages such as pngjs stand on it). Where it is not as expected, the
 * one-shot functions do the same, slower.
 */
interface NativeStream {
  readonly _handle: {
    writeSync(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputLength: number,
      output: Uint8Array,
      outputAt: number,
      outputLength: number,
    ): void;
  } | null;
  /** Bytes left free in the output, and left unread in the input. */
  readonly _writeState: Uint32Array;
  destroy(): void;
}

function nativeOf(stream: zlib.ZstdCompress | zlib.ZstdDecompress): NativeStream | undefined {
  const native = stream as unknown as Partial<NativeStream>;
  if (typeof native._handle?.writeSync !== "function" || !(native._writeState instanceof Uint32Array)) return undefined;
  // What it meets is told by the result; as an event it would end the thread.
  stream.on("error", () => undefined);
  return native as NativeStream;
}

/** Runs one frame through a native stream: the bytes written, or -1 when it failed and the stream must not be used again. */
function runFrame(native: NativeStream, input: Uint8Array, output: Uint8Array, outputAt: number): number {
  const state = native._writeState;
  const room = output.length - outputAt;
  state[0] = 0;
  native._handle?.writeSync(zlib.constants.ZSTD_e_end, input, 0, input.length, output, outputAt, room);
  // Without room left it is not known whether all of the frame came out.
  return native._handle === null || state[1] !== 0 || state[0] === 0 ? -1 : room - (state[0] as number);
}

/** Compresses rows one after the other with one context: a frame with a checksum for each. */
export class ZstdCompressor {
  #native: NativeStream | undefined = nativeOf(zlib.createZstdCompress(COMPRESS_OPTIONS));
  #output = Buffer.allocUnsafeSlow(0);

  /** `headLength` bytes to be filled in by the caller, then the frame. Valid until the next call. */
  compress(row: Uint8Array, headLength: number): Buffer {
    if (row.length <= MAX_REUSED_BYTES && this.#native !== undefined) {
      // No frame is longer: ZSTD_compressBound, and one byte for `runFrame`.
      const bound = headLength + row.length + (row.length >>> 8) + 128;
      if (this.#output.length < bound) this.#output = Buffer.allocUnsafeSlow(bound * 2);
      const length = runFrame(this.#native, row, this.#output, headLength);
      if (length > 0) return this.#output.subarray(0, headLength + length);
      this.#native.destroy();
      this.#native = undefined;
    }
    const frame = zlib.zstdCompressSync(row, COMPRESS_OPTIONS);
    const output = Buffer.allocUnsafe(headLength + frame.length);
    output.set(frame, headLength);
    return output;
  }
}

/** Decompresses rows one after the other with one context. */
export class ZstdDecompressor {
  #native: NativeStream | undefined;

  /** The content of a frame, in memory of its own. Throws when it is damaged or not of this length. */
  decompress(frame: Uint8Array, length: number): Buffer {
    if (length <= MAX_REUSED_BYTES) {
      this.#native ??= nativeOf(zlib.createZstdDecompress());
      if (this.#native !== undefined) {
        const row = Buffer.allocUnsafeSlow(length + SPARE_BYTES);
        if (runFrame(this.#native, frame, row, 0) === length) return row.subarray(0, length);
        // Another try from the start: a frame that was cut off leaves the context waiting for its end.
        this.#native.destroy();
        this.#native = undefined;
      }
    }
    // One chunk with room to spare: the result is then that chunk, not a copy put together from several.
    const row = zlib.zstdDecompressSync(frame, {
      chunkSize: length + SPARE_BYTES,
      maxOutputLength: length + SPARE_BYTES,
    });
    if (row.length !== length) throw new RangeError(`${row.length} bytes instead of ${length}`);
    return row;
  }
}
