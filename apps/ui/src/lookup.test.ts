import { describe, expect, it } from "vitest";
import { lookupTarget } from "./lookup.ts";

describe("the box in the top bar", () => {
  it("opens a trace by its id", () => {
    expect(lookupTarget(" 3F06203A54f0c014 ", [])).toBe("trace/3f06203a54f0c014");
  });

  it("searches a service, also one whose name looks like an id", () => {
    expect(lookupTarget("cafe", ["cafe"])).toBe("search?service=cafe&lookback=1h&limit=20");
    expect(lookupTarget("a/b c", [])).toBe("search?service=a%2Fb+c&lookback=1h&limit=20");
  });

  it("leads nowhere without a text", () => {
    expect(lookupTarget("  ", [])).toBeUndefined();
  });
});
