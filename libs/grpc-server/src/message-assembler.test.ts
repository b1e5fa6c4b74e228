import { framed } from "@spoor/grpc-testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BufferPool, MessageAssembler } from "./message-assembler.ts";
import { GrpcError } from "./status.ts";

function assemble(chunks: readonly Buffer[], maxBytes = 1 << 20, pool?: BufferPool) {
  const messages: { bytes: Buffer; compressed: boolean }[] = [];
  const assembler = new MessageAssembler(
    maxBytes,
    (bytes, compressed) => messages.push({ bytes: pool === undefined ? bytes : Buffer.from(bytes), compressed }),
    pool,
  );
  for (const chunk of chunks) assembler.push(chunk);
  return { messages, partial: assembler.partial };
}

function cut(bytes: Buffer, borders: readonly number[]): Buffer[] {
  const at = [...new Set(borders.map((border) => border % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, i) => bytes.subarray(start, at[i] ?? bytes.length));
}

const bodies = fc.array(fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.boolean()), { maxLength: 6 });

describe("message assembler", () => {
  test.each([false, true])("gives the messages back wherever chunks are cut (pool: %s)", (pooled) => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(3000), { maxLength: 12 }), (sent, borders) => {
        const stream = Buffer.concat(sent.map(([bytes, compressed]) => framed(bytes, compressed ? 1 : 0)));
        const { messages, partial } = assemble(cut(stream, borders), 1024, pooled ? new BufferPool() : undefined);
        expect(messages.map(({ bytes, compressed }) => [[...bytes], compressed])).toEqual(
          sent.map(([bytes, compressed]) => [[...bytes], compressed]),
        );
        expect(partial).toBe(false);
      }),
      { seed: 1 },
    );
  });

  test("any garbage gives messages within the limit or a GrpcError", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
        try {
          const { messages } = assemble(
            chunks.map((chunk) => Buffer.from(chunk)),
            32,
          );
          for (const { bytes } of messages) expect(bytes.length).toBeLessThanOrEqual(32);
        } catch (error) {
          expect(error).toBeInstanceOf(GrpcError);
        }
      }),
      { seed: 1 },
    );
  });

  test("a message in one chunk is a view of it", () => {
    const chunk = framed(Buffer.from("hello"));
    const [message] = assemble([chunk]).messages;
    expect(message?.bytes.buffer).toBe(chunk.buffer);
    expect(message?.bytes.toString()).toBe("hello");
  });

  test("a large message in many chunks is whole", () => {
    const body = Buffer.alloc(700_000, "abcdefg");
    const stream = framed(body);
    const chunks = Array.from({ length: Math.ceil(stream.length / 16_384) }, (_, i) =>
      stream.subarray(i * 16_384, (i + 1) * 16_384),
    );
    const { messages } = assemble(chunks);
    expect(messages).toHaveLength(1);
    expect(messages[0]?.bytes.equals(body)).toBe(true);
  });

  test("a length above the limit is refused from its header alone", () => {
    const header = Buffer.from([0, 0, 0, 4, 1]);
    expect(() => assemble([header], 1024)).toThrow("grpc: received message larger than max (1025 vs. 1024)");
  });

  test("an unknown flag is refused", () => {
    expect(() => assemble([Buffer.from([9, 0, 0, 0, 0])])).toThrow("grpc: received unexpected payload format 9");
  });

  test.each([
    ["inside the header", Buffer.from([0, 0])],
    ["inside the body", Buffer.from([0, 0, 0, 0, 2, 1])],
  ])("a stream that ends %s is partial", (_, chunk) => {
    expect(assemble([chunk]).partial).toBe(true);
  });
});
