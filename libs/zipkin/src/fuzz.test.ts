import { readFileSync } from "node:fs";
import { decodeSpan, scanSpan } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { decodeZipkinV1Json, decodeZipkinV1Thrift, decodeZipkinV2Json, decodeZipkinV2Protobuf } from "./decode.ts";
import { ZipkinError } from "./errors.ts";

const ROUNDS = 40;

/** A small seeded generator, so that a failure comes back. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
}

const JSON_PIECES = ["null", "{}", "[]", "-1", "1e400", '"x"', ",", ":", "true", "\\"];

/** Overwrites, cuts, doubles and swaps bytes; JSON now and then gets another value put in. */
function mutate(body: Uint8Array, isJson: boolean, random: (below: number) => number): Uint8Array {
  const bytes = Buffer.from(body);
  const at = random(bytes.length + 1);
  if (isJson && random(2) === 0) {
    const piece = Buffer.from(JSON_PIECES[random(JSON_PIECES.length)] as string);
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + random(8))]);
  }
  for (let i = random(4); i >= 0; i--) if (bytes.length > 0) bytes[random(bytes.length)] = random(256);
  const choice = random(5);
  if (choice === 0) return bytes.subarray(0, at);
  return choice === 1 ? Buffer.concat([bytes.subarray(0, at), bytes]) : bytes;
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
    const random = generator(20261124);
    let refused = 0;
    let decoded = 0;
    for (const body of bodies(file)) {
      for (let i = 0; i < ROUNDS; i++) {
        const input = mutate(body, file.includes("json"), random);
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
