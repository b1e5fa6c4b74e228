import { describe, expect, it } from "vitest";
import { cleanLinks, linkWidth, neighbourhood, servicesOf } from "./links.ts";

const links = cleanLinks([
  { parent: "web", child: "api", callCount: 10 },
  { parent: "api", child: "db", callCount: 100 },
  { parent: "api", child: "cache", callCount: 5 },
  { parent: "batch", child: "db", callCount: 1 },
  { parent: "", child: "x", callCount: 9 },
]);
const names = (list: readonly { parent: string; child: string }[]) => list.map((l) => `${l.parent}>${l.child}`);

describe("dependency links", () => {
  it("are sorted by calls, without nameless ones", () => {
    expect(names(links)).toEqual(["api>db", "web>api", "api>cache", "batch>db"]);
    expect(servicesOf(links)).toEqual(["api", "batch", "cache", "db", "web"]);
  });

  it("narrow to a service's callers and callees", () => {
    expect(names(neighbourhood(links, "api", 1))).toEqual(["api>db", "web>api", "api>cache"]);
    expect(names(neighbourhood(links, "db", 1))).toEqual(["api>db", "batch>db"]);
    expect(names(neighbourhood(links, "db", 2))).toEqual(["api>db", "web>api", "batch>db"]);
    expect(neighbourhood(links, "", 1)).toBe(links);
    expect(neighbourhood(links, "nobody", 2)).toEqual([]);
  });

  it("end on cycles and self calls", () => {
    const loop = cleanLinks([
      { parent: "a", child: "b", callCount: 1 },
      { parent: "b", child: "a", callCount: 1 },
      { parent: "a", child: "a", callCount: 1 },
    ]);
    expect(neighbourhood(loop, "a", 99)).toHaveLength(3);
  });

  it("are drawn 1 to 7 px wide", () => {
    expect(linkWidth(0, 1000)).toBe(1);
    expect(linkWidth(250, 1000)).toBe(4);
    expect(linkWidth(1000, 1000)).toBeCloseTo(7);
    expect(linkWidth(1, 1)).toBe(1.5);
  });
});
