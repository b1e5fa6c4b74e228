import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalIp, formatIp } from "./ip.ts";

describe("text of IP addresses", () => {
  it.each([
    ["10.0.0.1", "10.0.0.1"],
    ["2001:DB8:0:0:0:0:0:7", "2001:db8::7"],
    ["::1", "::1"],
    ["::", "::"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
    ["fe80::", "fe80::"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
  ])("%s is written as %s", (text, expected) => {
    expect(canonicalIp(text)).toBe(expected);
  });

  it.each(["x.y", "1.2.3", "999.1.1.1", "fe80::1%eth0", "", "1::2::3"])("%j is no address", (text) => {
    expect(canonicalIp(text)).toBeUndefined();
  });

  it("of 16 bytes is what the runtime's URL parser writes, too", () => {
    const group = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(0xffff));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = new Uint8Array(groups.flatMap((value) => [value >> 8, value & 255]));
        const text = formatIp(bytes);
        fc.pre(text.includes(":"));
        const full = groups.map((value) => value.toString(16)).join(":");
        expect(`[${text}]`).toBe(new URL(`http://[${full}]/`).hostname);
        expect(canonicalIp(full)).toBe(text);
      }),
      { seed: 3 },
    );
  });

  it("of another length is shown as hex", () => {
    expect(formatIp(new Uint8Array([10, 0, 0]))).toBe("?0a0000");
  });
});
