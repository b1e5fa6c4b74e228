import { encodeSpans } from "@spoor/span-wire";
import { describe, expect, test } from "vitest";
import { Downsampling } from "./downsampling.ts";
import recorded from "./fixtures/downsampling.json" with { type: "json" };
import { Fnv1a64 } from "./fnv1a.ts";
import { testSpan } from "./test-batches.ts";

function keeps(downsampling: Downsampling, traceId: string): boolean {
  return encodeSpans([testSpan({ traceId })]).every((span) => downsampling.keeps(span));
}

describe("downsampling", () => {
  test("keeps exactly the traces that v1 keeps", () => {
    const downsampling = new Downsampling(recorded.ratio, "");
    const kept = recorded.traces.map(([traceId]) => [traceId, keeps(downsampling, String(traceId))]);
    expect(kept).toEqual(recorded.traces);
  });

  test("another salt keeps other traces", () => {
    const [a, b] = [new Downsampling(0.5, "one"), new Downsampling(0.5, "two")];
    const ids = recorded.traces.map(([traceId]) => String(traceId));
    expect(ids.map((id) => keeps(a, id))).not.toEqual(ids.map((id) => keeps(b, id)));
  });

  test("0 keeps nothing and 1 everything", () => {
    const ids = recorded.traces.map(([traceId]) => String(traceId));
    expect(ids.filter((id) => keeps(new Downsampling(0, ""), id))).toEqual([]);
    expect(ids.filter((id) => keeps(new Downsampling(1, ""), id))).toEqual(ids);
  });
});

describe("FNV-1a 64", () => {
  function bigFnv(bytes: Uint8Array): bigint {
    let hash = 0xcbf29ce484222325n;
    for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn;
    return hash;
  }

  test("equals the definition, whatever the bytes", () => {
    for (let length = 0; length < 64; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 167 + length * 31) & 255);
      const hash = new Fnv1a64();
      hash.update(bytes, 0, length);
      expect((BigInt(hash.high) << 32n) | BigInt(hash.low)).toBe(bigFnv(bytes));
    }
  });
});
