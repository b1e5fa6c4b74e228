import { describe, expect, it } from "vitest";
import { formatBytes, formatCount, plural, prettyJson, safeLink } from "./text.ts";

describe("counts and sizes", () => {
  it("group thousands and agree with their noun", () => {
    expect(formatCount(1234567)).toBe("1,234,567");
    expect(plural(1, "span")).toBe("1 span");
    expect(plural(10000, "span")).toBe("10,000 spans");
    expect(formatBytes(999)).toBe("999 B");
    expect(formatBytes(1400)).toBe("1.4 kB");
    expect(formatBytes(12_345_678)).toBe("12.3 MB");
  });
});

describe("a value becomes a link", () => {
  it("only for http, https and mailto", () => {
    expect(safeLink("https://example.com/a?b=c")).toBe("https://example.com/a?b=c");
    expect(safeLink("mailto:a@example.com")).toBe("mailto:a@example.com");
  });

  it.each([
    "javascript:alert(1)",
    " https://example.com",
    "https://exa mple.com",
    "data:text/html,x",
    "//example.com",
    "JaVaScRiPt://%0aalert(1)",
    "https://a\nb",
    "https://",
    "vbscript:x",
  ])("never for %j", (text) => {
    expect(safeLink(text)).toBeUndefined();
  });
});

describe("a value that is JSON", () => {
  it("is indented when it is an object or a list", () => {
    expect(prettyJson('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(prettyJson("5")).toBeUndefined();
    expect(prettyJson("{broken")).toBeUndefined();
  });
});
