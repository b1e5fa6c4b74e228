import { readFileSync } from "node:fs";
import { mutate, seededRandom } from "@spoor/span-testkit";
import { decodeSpan, scanProcess, scanSpan } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { decodeOtlpJson, decodeOtlpProtobuf } from "./decode.ts";
import { OtlpError } from "./errors.ts";

const ROUNDS = 40;

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
    const random = seededRandom(20261124);
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
