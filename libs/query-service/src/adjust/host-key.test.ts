import type { KeyValue } from "@spoor/span-model";
import { describe, expect, it } from "vitest";
import { placesOf } from "../testing/places.ts";
import { hostKeyOf } from "./host-key.ts";

describe("the key of a host", () => {
  const key = (...tags: KeyValue[]) => hostKeyOf(placesOf(tags));

  it("is the tag ip as text, whatever its type", () => {
    expect(key({ key: "ip", type: "string", value: "10.0.0.1" })).toBe("10.0.0.1");
    expect(key({ key: "ip", type: "int64", value: 167772161n })).toBe("10.0.0.1");
    expect(key({ key: "ip", type: "int64", value: -1062731775n })).toBe("192.168.0.1");
    expect(key({ key: "ip", type: "binary", value: Uint8Array.of(10, 0, 0, 1) })).toBe("10.0.0.1");
    const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1);
    expect(key({ key: "ip", type: "binary", value: mapped })).toBe("10.0.0.1");
  });

  it("tells IPv6 addresses apart", () => {
    const address = (last: number): KeyValue => {
      const value = new Uint8Array(16);
      value[0] = 0x20;
      value[15] = last;
      return { key: "ip", type: "binary", value };
    };
    expect(key(address(1))).not.toBe(key(address(2)));
    expect(key(address(1))).not.toBe("");
  });

  it("is the smallest of several", () => {
    const [a, b]: [KeyValue, KeyValue] = [
      { key: "ip", type: "string", value: "fixed" },
      { key: "ip", type: "string", value: "10.0.0.1" },
    ];
    expect(key(a, b)).toBe("10.0.0.1");
    expect(key(b, a)).toBe("10.0.0.1");
  });

  it("is empty without an address", () => {
    expect(key()).toBe("");
    expect(key({ key: "ip", type: "bool", value: true })).toBe("");
    expect(key({ key: "ip", type: "binary", value: Uint8Array.of(1, 2, 3) })).toBe("");
    expect(key({ key: "hostname", type: "string", value: "h" })).toBe("");
  });
});
