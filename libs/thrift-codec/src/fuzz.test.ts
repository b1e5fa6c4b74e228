import { readFileSync } from "node:fs";
import { mutate, seededRandom } from "@spoor/span-testkit";
import { decodeSpan, NO_FIELDS, scanSpan, wholeSpan } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { decodeAgentMessage } from "./agent-message.ts";
import { encodeEmitZipkinBatch } from "./encode-zipkin.ts";
import { ThriftError } from "./errors.ts";
import { decodeJaegerBatch } from "./jaeger-batch.ts";
import { decodeZipkinSpans } from "./zipkin-core-reader.ts";

const ROUNDS = 5_000;

function load(name: string): readonly Uint8Array[] {
  const url = new URL(`./fixtures/${name}.json`, import.meta.url);
  const cases: readonly { readonly request: string }[] = JSON.parse(readFileSync(url, "utf8"));
  return cases.map(({ request }) => Buffer.from(request, "base64")).filter((bytes) => bytes.length < 4000);
}

function tolerant<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ThriftError) return undefined;
    throw error;
  }
}

describe("damaged bytes", () => {
  it.each([
    ["batches over HTTP", "jaeger-thrift-http", (bytes: Uint8Array) => decodeJaegerBatch(bytes)],
    ["compact datagrams", "jaeger-thrift-udp-compact", (bytes: Uint8Array) => decodeAgentMessage(bytes, "compact")],
    ["binary datagrams", "jaeger-thrift-udp-binary", (bytes: Uint8Array) => decodeAgentMessage(bytes, "binary")],
    ["Zipkin datagrams", "zipkin-thrift-udp", (bytes: Uint8Array) => decodeAgentMessage(bytes, "compact")],
  ])("of %s are refused with a ThriftError or give canonical spans", (_name, file, decode) => {
    const inputs = load(file);
    const random = seededRandom(20_261_124);
    let survivors = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const damaged = mutate(inputs[random(inputs.length)] as Uint8Array, random);
      for (const span of tolerant(() => decode(damaged))?.spans ?? []) {
        survivors++;
        const whole = wholeSpan(span, NO_FIELDS);
        const scanned = scanSpan(whole);
        expect([scanned.buffer === whole, scanned.isRoot, scanned.flags]).toEqual([true, span.isRoot, span.flags]);
        decodeSpan(span);
      }
    }
    expect(survivors).toBeGreaterThan(200);
  });

  it("of bare lists of Zipkin spans are refused with a ThriftError at worst", () => {
    const random = seededRandom(3);
    const span = tolerant(() => decodeZipkinSpans(Uint8Array.from([12, 0, 0, 0, 1, 0])))?.[0];
    if (span === undefined) throw new Error("an empty span is valid");
    const host = { ipv4: 1, port: 2, serviceName: "s", ipv6: new Uint8Array(16) };
    const annotation = { timestampUs: 5n, value: "sr", host };
    const binary = { key: "k", value: new Uint8Array(3), type: 6, host };
    const full = { ...span, annotations: [annotation, annotation], binaryAnnotations: [binary], durationUs: 7n };
    const message = encodeEmitZipkinBatch([full, full], "binary");
    // Behind the message's header and the argument's field.
    const list = message.subarray(4 + 4 + "emitZipkinBatch".length + 4 + 3);
    let survivors = 0;
    for (let round = 0; round < ROUNDS; round++) {
      survivors += tolerant(() => decodeZipkinSpans(mutate(list, random)))?.length ?? 0;
    }
    expect(survivors).toBeGreaterThan(200);
  });
});
