import { describe, expect, test } from "vitest";
import { formatHostPort, localAddress, parseHostPort } from "./host-port.ts";
import { inFlightBoundBytes, memoryLimitBytes } from "./memory-bound.ts";
import { parseTagList } from "./tag-list.ts";

describe("addresses", () => {
  test("v1's forms are read", () => {
    expect(parseHostPort("127.0.0.1:14250", "x")).toEqual({ host: "127.0.0.1", port: 14250 });
    expect(parseHostPort("[::1]:80", "x")).toEqual({ host: "::1", port: 80 });
    for (const text of [":6831", "6831"]) {
      const { host, port } = parseHostPort(text, "x");
      expect(["::", "0.0.0.0"]).toContain(host);
      expect(port).toBe(6831);
    }
  });

  test.each(["localhost", "a:b", "a:70000", "1:2:3", ""])("%j is refused with the flag's name", (text) => {
    expect(() => parseHostPort(text, "the flag --some.host-port")).toThrow("--some.host-port");
  });

  test("every interface is reached on this machine by the loopback", () => {
    expect(formatHostPort(localAddress({ host: "::", port: 1 }))).toBe("127.0.0.1:1");
    expect(formatHostPort({ host: "::1", port: 1 })).toBe("[::1]:1");
  });
});

describe("tag lists", () => {
  test("variables are looked up, with a default, and left out without", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax under test.
    const text = "a=1, b = two ,c=${SET:x},d=${UNSET:dflt},e=${UNSET},f=${UNSET:},g=${EMPTY:y},h=x=y";
    expect(parseTagList(text, { SET: "here", EMPTY: "" })).toEqual([
      { key: "a", value: "1" },
      { key: "b", value: "two" },
      { key: "c", value: "here" },
      { key: "d", value: "dflt" },
      { key: "f", value: "" },
      { key: "g", value: "y" },
      { key: "h", value: "x=y" },
    ]);
    expect(parseTagList("", {})).toEqual([]);
  });

  test("a pair without = is refused", () => {
    expect(() => parseTagList("novalue", {})).toThrow('invalid Jaeger tag pair "novalue", expected key=value');
  });
});

describe("memory", () => {
  test("a container's limit counts, and no limit does not", () => {
    expect(memoryLimitBytes(() => "134217728\n")).toBe(134217728);
    expect(memoryLimitBytes(() => "max\n")).toBeGreaterThan(134217728);
  });

  test("the bound stays within sense", () => {
    expect(inFlightBoundBytes(1)).toBe(16 * 1024 * 1024);
    expect(inFlightBoundBytes(2 ** 50)).toBeLessThanOrEqual(256 * 1024 * 1024);
  });
});
