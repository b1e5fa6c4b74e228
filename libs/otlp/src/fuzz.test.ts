import { readFileSync } from "node:fs";
import { decodeSpan, scanProcess, scanSpan } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { decodeOtlpJson, decodeOtlpProtobuf } from "./decode.ts";
import { OtlpError } from "./errors.ts";

const ROUNDS = 40;

/** A small seeded generator, so that a failure comes back. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
}

/** Flips, cuts, doubles and overwrites bytes. */
function mutate(body: Uint8Array, random: (below: number) => number): Uint8Array {
  const bytes = Buffer.from(body);
  for (let i = random(4); i >= 0; i--) {
    if (bytes.length > 0)
      bytes[random(bytes.length)] = random(3) === 0 ? ([0, 127, 128, 255][random(4)] as number) : random(256);
  }
  const at = random(bytes.length + 1);
  const choice = random(6);
  if (choice === 0) return bytes.subarray(0, at);
  if (choice === 1) return Buffer.concat([bytes.subarray(0, at), bytes]);
  return choice === 2 ? Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]) : bytes;
}

function bodies(file: string): Uint8Array[] {
  const url = new URL(`./fixtures/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, "utf8")) as { request: string }[]).map(({ request }) =>
    Buffer.from(request, "base64"),
  );
}

describe.each([
  ["otlp-http-proto", decodeOtlpProtobuf],
  ["otlp-http-json", decodeOtlpJson],
] as const)("damaged %s requests", (file, decode) => {
  it("are refused with an error of this library or give well-formed spans", () => {
    const random = generator(20261124);
    let refused = 0;
    let decoded = 0;
    for (const body of bodies(file)) {
      for (let i = 0; i < ROUNDS; i++) {
        const input = mutate(body, random);
        try {
          for (const span of decode(input)) {
            expect(span.end - span.start).toBeLessThan(input.length * 20 + 256);
            const scanned = scanSpan(span.buffer, span.start, span.end);
            // Spans without a rewrite keep their bytes: what we wrote was canonical.
            expect([scanned.start, scanned.end, scanned.isRoot]).toEqual([span.start, span.end, span.isRoot]);
            expect(scanProcess(span.process.bytes).serviceName).toBe(span.process.serviceName);
            decodeSpan(span);
            decoded++;
          }
        } catch (error) {
          if (!(error instanceof OtlpError))
            throw new Error(`input ${Buffer.from(input).toString("base64")}`, { cause: error });
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(500);
    expect(decoded).toBeGreaterThan(100);
  });
});
