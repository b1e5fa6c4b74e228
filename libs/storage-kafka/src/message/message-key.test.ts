import { formatTraceId } from "@spoor/span-model";
import { readTraceId, scanSpan } from "@spoor/span-wire";
import { describe, expect, test } from "vitest";
import { recordedMessages } from "../testing/recorded-input.ts";
import { fnv1a, hashPartition, MessageKey } from "./message-key.ts";

describe("the key of a message", () => {
  test("and its partition are those that v1 recorded", () => {
    const key = new MessageKey();
    for (const { keyText, partition, valueBase64 } of recordedMessages("protobuf")) {
      const span = scanSpan(Buffer.from(valueBase64, "base64"));
      key.read(span);
      const text = Buffer.from(key.bytes.subarray(0, key.length)).toString();
      expect([text, key.partition(6)]).toEqual([keyText, partition]);
      expect(text).toBe(formatTraceId(readTraceId(span)));
    }
  });

  test("is hashed with FNV-1a; the sign of the hash is dropped after the modulo", () => {
    const hash = (text: string) => fnv1a(Buffer.from(text), text.length) >>> 0;
    expect([hash(""), hash("a"), hash("foobar")]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
    expect(hashPartition(0xe40c292c | 0, 7)).toBe(Math.abs((0xe40c292c - 2 ** 32) % 7));
    expect(hashPartition(-(2 ** 31), 3)).toBe(2);
    for (const count of [1, 2, 3, 10, 64]) {
      for (let hash = -50; hash < 50; hash++) {
        const partition = hashPartition(hash * 0x1234567, count);
        expect(partition).toBeGreaterThanOrEqual(0);
        expect(partition).toBeLessThan(count);
      }
    }
  });
});
