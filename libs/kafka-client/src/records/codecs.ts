import { decodeSnappyBlock, type Encoding, inflate } from "@spoor/inflate";
import kafkajs from "kafkajs";
import { KafkaError } from "../errors.ts";

/** What kafkajs asks of a codec; an encoder has the bytes to compress. */
interface KafkajsCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** snappy-java's stream, which Kafka's own clients write: a head of 16 bytes, then blocks, each behind its length (int32). */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD_BYTES = 16;

/** Inflated bytes that one batch may have; a broker's batches are a megabyte unless it was told otherwise. */
export const DEFAULT_MAX_INFLATED_BYTES = 64 * 1024 * 1024;

/**
 * Has kafkajs's consumers inflate what producers may have written (gzip, snappy in both its forms, lz4, zstd), never beyond
 * `maxInflatedBytes`. kafkajs keeps codecs for the whole process.
 */
export function registerCodecs(maxInflatedBytes: number = DEFAULT_MAX_INFLATED_BYTES): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  const register = (type: number, decompress: (bytes: Buffer) => Buffer | Promise<Buffer>) => {
    const codec: KafkajsCodec = {
      compress: () => Promise.reject(new KafkaError("UNSUPPORTED", "batches are compressed before they reach kafkajs")),
      decompress: async (bytes) => {
        try {
          return await decompress(bytes);
        } catch (error) {
          throw new KafkaError("CORRUPT", `a batch cannot be inflated: ${(error as Error).message}`, { cause: error });
        }
      },
    };
    (CompressionCodecs as Record<number, unknown>)[type] = () => codec;
  };
  const inflated = (encoding: Encoding) => (bytes: Buffer) => inflate(encoding, bytes, maxInflatedBytes);
  register(CompressionTypes.GZIP, inflated("gzip"));
  register(CompressionTypes.Snappy, (bytes) => inflateSnappy(bytes, maxInflatedBytes));
  register(CompressionTypes.LZ4, inflated("lz4"));
  register(CompressionTypes.ZSTD, inflated("zstd"));
}

/** A snappy block, as Sarama writes it, or snappy-java's stream of them. */
export function inflateSnappy(bytes: Buffer, maxBytes: number): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return decodeSnappyBlock(bytes, maxBytes);
  const blocks: Buffer[] = [];
  let total = 0;
  for (let at = XERIAL_HEAD_BYTES; at < bytes.length; ) {
    const length = at + 4 > bytes.length ? -1 : bytes.readInt32BE(at);
    if (length < 0 || at + 4 + length > bytes.length) throw new KafkaError("CORRUPT", "snappy: corrupt input");
    const block = decodeSnappyBlock(bytes.subarray(at + 4, at + 4 + length), maxBytes - total);
    total += block.length;
    blocks.push(block);
    at += 4 + length;
  }
  return Buffer.concat(blocks, total);
}
