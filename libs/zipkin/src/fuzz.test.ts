import { readFileSync } from "node:fs";
import { mutate, seededRandom } from "@spoor/span-testkit";
import { decodeSpan, scanSpan } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { decodeZipkinV1Json, decodeZipkinV1Thrift, decodeZipkinV2Json, decodeZipkinV2Protobuf } from "./decode.ts";
import { ZipkinError } from "./errors.ts";

const ROUNDS = 40;

const JSON_PIECES = ["null", "{}", "[]", "-1", "1e400", '"x"', ",", ":", "true", "\\"];

/** Damaged as {@link mutate} does; JSON now and then gets another value put in. */
function damaged(body: Uint8Array, isJson: boolean, random: (limit: number) => number): Uint8Array {
  if (!isJson || random(2) === 0) return mutate(body, random);
  const at = random(body.length + 1);
  const piece = Buffer.from(JSON_PIECES[random(JSON_PIECES.length)] as string);
  return Buffer.concat([body.subarray(0, at), piece, body.subarray(at + random(8))]);
}

function bodies(file: string): Uint8Array[] {
  const url = new URL(`./fixtures/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, "utf8")) as { request: string }[]).map(({ request }) =>
    Buffer.from(request, "base64"),
  );
}

describe.each([
  ["zipkin-v1-json-http", decodeZipkinV1Json],
  ["zipkin-v1-thrift-http", decodeZipkinV1Thrift],
  ["zipkin-v2-json-http", decodeZipkinV2Json],
  ["zipkin-v2-proto-http", decodeZipkinV2Protobuf],
] as const)("damaged %s requests", (file, decode) => {
  it("are refused with an error of this library or give well-formed spans", () => {
    const random = seededRandom(20261124);
    let refused = 0;
    let decoded = 0;
    for (const body of bodies(file)) {
      for (let i = 0; i < ROUNDS; i++) {
        const input = damaged(body, file.includes("json"), random);
        try {
          for (const span of decode(input)) {
            const scanned = scanSpan(span.buffer, span.start, span.end);
            expect([scanned.start, scanned.end, scanned.isRoot]).toEqual([span.start, span.end, span.isRoot]);
            decodeSpan(span);
            decoded++;
          }
        } catch (error) {
          if (!(error instanceof ZipkinError)) {
            throw new Error(`input ${Buffer.from(input).toString("base64")}`, { cause: error });
          }
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(300);
    expect(decoded).toBeGreaterThan(100);
  });
});
