import { readFileSync } from "node:fs";
import { decodeSpan } from "@spoor/span-wire";
import { spanTexts } from "@spoor/storage-testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MessageError } from "../errors.ts";
import { CONSUMER_ENCODINGS, createDecoder } from "./decode.ts";

interface Recorded {
  readonly valueBase64: string;
}

function recorded(encoding: string): readonly Buffer[] {
  const file = new URL(`../fixtures/recorded/${encoding}.json`, import.meta.url);
  const messages = JSON.parse(readFileSync(file, "utf8")) as readonly Recorded[];
  return messages.map(({ valueBase64 }) => Buffer.from(valueBase64, "base64"));
}

describe("a message of v1", () => {
  test("is the same span in either encoding", () => {
    const fromProtobuf = recorded("protobuf").map(createDecoder("protobuf"));
    const fromJson = recorded("json").map(createDecoder("json"));
    expect(fromJson).toHaveLength(fromProtobuf.length);
    for (const [index, span] of fromProtobuf.entries()) {
      const other = fromJson[index];
      if (other === undefined) throw new Error("missing");
      expect(spanTexts([decodeSpan(other)])).toEqual(spanTexts([decodeSpan(span)]));
    }
  });
});

describe.each(CONSUMER_ENCODINGS)("what is no span in %s", (encoding) => {
  const decode = createDecoder(encoding);

  test("is an error of its own kind, never another one", () => {
    for (const value of [null, Buffer.alloc(0)])
      expect(() => decode(value)).toThrow(new MessageError("EMPTY", "the message is empty"));
    const seeds = encoding === "zipkin-thrift" ? [Buffer.from([12, 0, 0, 0, 1])] : recorded(encoding).slice(0, 20);
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.nat(), fc.uint8Array({ maxLength: 8 }), (seed, at, bytes) => {
        const value = Buffer.from(seed);
        value.set(
          bytes.subarray(0, value.length),
          Math.min(at % value.length, Math.max(0, value.length - bytes.length)),
        );
        try {
          decodeSpan(decode(value));
        } catch (error) {
          expect((error as Error).name).toBe("MessageError");
        }
      }),
    );
  });
});

test.each([
  "[]",
  "{}",
  '{"traceId":"AAA="}',
  '{"traceId":"AAAAAAAAAAAAAAAAAAAAAQ==","tags":[{"vType":"INT64","vInt64":"9223372036854775808"}]}',
  '{"traceId":"AAAAAAAAAAAAAAAAAAAAAQ==","duration":"5"}',
  '{"traceId":"AAAAAAAAAAAAAAAAAAAAAQ==","startTime":"yesterday"}',
])("JSON that is no span is undecodable: %s", (text) => {
  expect(() => createDecoder("json")(Buffer.from(text))).toThrow(MessageError);
});
