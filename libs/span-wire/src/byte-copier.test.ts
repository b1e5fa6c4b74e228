import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteCopier } from "./byte-copier.ts";
import { WireWriter } from "./writer.ts";

describe("copied bytes", () => {
  it("are those of the range, whatever its length and place, and nothing beside them changes", () => {
    const source = new Uint8Array(Array.from({ length: 1000 }, (_, i) => (i * 37) & 127)).subarray(3);
    fc.assert(
      fc.property(fc.nat(300), fc.nat(400), fc.nat(50), (from, length, at) => {
        const writer = new WireWriter(16);
        const copier = new ByteCopier(source);
        writer.reserve(1000);
        writer.buffer.fill(255);
        const ascii = copier.copy(from, from + length, writer, at);
        expect(ascii).toBe(length <= 256);
        expect(Buffer.compare(writer.buffer.subarray(at, at + length), source.subarray(from, from + length))).toBe(0);
        expect(writer.buffer[at - 1] ?? 255).toBe(255);
        expect(writer.buffer[at + length]).toBe(255);
      }),
      { seed: 3 },
    );
  });

  it("are not ASCII when a single one is not", () => {
    for (let length = 1; length < 12; length++) {
      for (let i = 0; i < length; i++) {
        const source = new Uint8Array(length).fill(65);
        source[i] = 0x80;
        expect(new ByteCopier(source).copy(0, length, new WireWriter(64), 1)).toBe(false);
      }
    }
  });
});
