import fc from "fast-check";
import { compressSync } from "snappy";
import { describe, expect, test } from "vitest";
import { inflateSnappy } from "./codecs.ts";
import { COMPRESSIONS, createCompress } from "./compression.ts";
import { crc32c } from "./crc32c.ts";
import { BATCH_HEAD_BYTES, NO_STAMP, RecordBatchBuilder, walkRecords } from "./record-batch.ts";

describe("CRC-32C", () => {
  test("gives the published check value", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  });

  test("is the same however the bytes lie in memory", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(16), (bytes, shift) => {
        const moved = new Uint8Array(bytes.length + shift);
        moved.set(bytes, shift);
        expect(crc32c(moved, shift)).toBe(bitwise(bytes));
      }),
    );
  });

  function bitwise(bytes: Uint8Array): number {
    let crc = -1;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
    return ~crc >>> 0;
  }
});

describe("a record batch", () => {
  test("holds its records, in order", () => {
    const record = fc.record({ key: fc.uint8Array({ maxLength: 40 }), value: fc.uint8Array({ maxLength: 3000 }) });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const builder = new RecordBatchBuilder(64);
        for (const [index, { key, value }] of records.entries()) {
          builder.begin(key, key.length, value.length, 1_700_000_000_000 + index * 100).raw(value, 0, value.length);
          builder.end();
        }
        const batch = builder.finish(NO_STAMP);
        expect(batch.readInt32BE(57)).toBe(records.length);
        expect(batch.readInt32BE(8)).toBe(batch.length - 12);
        expect(batch.readUInt32BE(17)).toBe(crc32c(batch, 21));
        const body = batch.subarray(BATCH_HEAD_BYTES);
        const read = [...walkRecords(body)].map(({ keyStart, keyEnd, valueStart, valueEnd }) => ({
          key: Uint8Array.from(body.subarray(keyStart, keyEnd)),
          value: Uint8Array.from(body.subarray(valueStart, valueEnd)),
        }));
        expect(read).toEqual(records);
      }),
    );
  });

  test("is empty after a reset", () => {
    const builder = new RecordBatchBuilder(64);
    builder.begin(Buffer.from("k"), 1, 0, 1);
    builder.end();
    builder.reset();
    expect([builder.count, builder.records().length]).toEqual([0, 0]);
  });
});

describe("compression", () => {
  test.each([
    ["gzip", 10],
    ["lz4", 18],
    ["zstd", 23],
  ] as const)("of %s has no level %i", async (codec, level) => {
    expect(COMPRESSIONS).toContain(codec);
    await expect(createCompress(codec, level)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});

describe("snappy", () => {
  const text = Buffer.from("a span, a span, a span".repeat(50));

  test("is read as one block and as snappy-java's stream", () => {
    const block = compressSync(text);
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    const head = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(inflateSnappy(block, 10_000)).toEqual(text);
    expect(inflateSnappy(Buffer.concat([head, length, block, length, block]), 10_000)).toEqual(
      Buffer.concat([text, text]),
    );
  });

  test("is not inflated beyond the limit, and what is cut short is an error", () => {
    const block = compressSync(text);
    expect(() => inflateSnappy(block, text.length - 1)).toThrow();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          inflateSnappy(Buffer.from(bytes), 1000);
        } catch (error) {
          expect((error as Error).name).toMatch(/^(Kafka|Inflate)Error$/);
        }
      }),
    );
  });
});
