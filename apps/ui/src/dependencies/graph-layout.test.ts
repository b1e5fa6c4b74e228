import { describe, expect, it } from "vitest";
import { layoutGraph, smoothPath } from "./graph-layout.ts";
import { cleanLinks } from "./links.ts";

const widthOf = (name: string): number => name.length * 7;

describe("the layered graph", () => {
  it("puts callers left of callees, without overlaps", () => {
    const layout = layoutGraph(
      cleanLinks([
        { parent: "a", child: "b", callCount: 1 },
        { parent: "b", child: "c", callCount: 1 },
        { parent: "a", child: "d", callCount: 1 },
      ]),
      widthOf,
      11,
    );
    const x = (name: string): number => layout.services.find((s) => s.name === name)?.x ?? Number.NaN;
    expect(x("a")).toBeLessThan(x("b"));
    expect(x("b")).toBeLessThan(x("c"));
    for (const one of layout.services) {
      for (const two of layout.services) {
        if (one === two) continue;
        const apart =
          Math.abs(one.x - two.x) >= (one.width + two.width) / 2 ||
          Math.abs(one.y - two.y) >= (one.height + two.height) / 2;
        expect(apart).toBe(true);
      }
    }
  });

  it("draws cycles, self calls and names that are special to objects", () => {
    const layout = layoutGraph(
      cleanLinks([
        { parent: "a", child: "b", callCount: 1 },
        { parent: "b", child: "a", callCount: 1 },
        { parent: "a", child: "a", callCount: 1 },
        { parent: "constructor", child: "toString", callCount: 1 },
      ]),
      widthOf,
      11,
    );
    expect(layout.links.every((link) => link.path.startsWith("M"))).toBe(true);
    expect(layout.services).toHaveLength(4);
  });
});

describe("a smooth line", () => {
  it("starts and ends at its ends", () => {
    const path = smoothPath([
      { x: 0, y: 0 },
      { x: 10, y: 10 },
      { x: 20, y: 0 },
    ]);
    expect(path).toBe("M0,0 Q10,10 20,0");
    expect(
      smoothPath([
        { x: 0, y: 0 },
        { x: 5, y: 5 },
      ]),
    ).toBe("M0,0 L5,5");
    expect(smoothPath([])).toBe("");
  });
});
