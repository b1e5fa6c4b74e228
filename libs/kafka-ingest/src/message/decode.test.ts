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

/** Thrift's binary protocol, as far as a span of Zipkin needs it. */
const thrift = {
  i32(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  },
  i64(value: bigint): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    return bytes;
  },
  text: (value: string) => Buffer.concat([thrift.i32(Buffer.byteLength(value)), Buffer.from(value)]),
  struct: (...fields: readonly (readonly [type: number, id: number, value: Buffer])[]) =>
    Buffer.concat([...fields.flatMap(([type, id, value]) => [Buffer.from([type, 0, id]), value]), Buffer.from([0])]),
  structs: (...structs: readonly Buffer[]) =>
    Buffer.concat([Buffer.from([12]), thrift.i32(structs.length), ...structs]),
};

function zipkinSpan(id: bigint, name: string): Buffer {
  const host = thrift.struct([8, 1, thrift.i32(0x7f000001)], [11, 3, thrift.text("shop")]);
  const received = thrift.struct(
    [10, 1, thrift.i64(1_700_000_000_000_000n)],
    [11, 2, thrift.text("sr")],
    [12, 3, host],
  );
  const fields = [
    [10, 1, thrift.i64(7n)],
    [11, 3, thrift.text(name)],
    [10, 4, thrift.i64(id)],
  ] as const;
  return thrift.struct(
    ...fields,
    [15, 6, thrift.structs(received)],
    [10, 10, thrift.i64(1_700_000_000_000_000n)],
    [10, 11, thrift.i64(2500n)],
  );
}

test("a list of Zipkin's spans in Thrift gives the first, as in v1", () => {
  const span = decodeSpan(createDecoder("zipkin-thrift")(thrift.structs(zipkinSpan(1n, "buy"), zipkinSpan(2n, "pay"))));
  expect(span).toMatchObject({ operationName: "buy", process: { serviceName: "shop" } });
  expect(spanTexts([span])[0]).toContain('"traceId":"00000000000000000000000000000007","spanId":"0000000000000001"');
  expect(spanTexts([span])[0]).toContain('"startTimeNs":"1700000000000000000n","durationNs":"2500000n"');
});

test("an empty list of Zipkin's spans is undecodable", () => {
  expect(() => createDecoder("zipkin-thrift")(thrift.structs())).toThrow(MessageError);
});

describe.each(CONSUMER_ENCODINGS)("what is no span in %s", (encoding) => {
  const decode = createDecoder(encoding);

  test("is an error of its own kind, never another one", () => {
    for (const value of [null, Buffer.alloc(0)])
      expect(() => decode(value)).toThrow(new MessageError("EMPTY", "the message is empty"));
    const seeds =
      encoding === "zipkin-thrift" ? [thrift.structs(zipkinSpan(1n, "buy"))] : recorded(encoding).slice(0, 20);
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
