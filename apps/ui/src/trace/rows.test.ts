import { describe, expect, it } from "vitest";
import { orderSpans } from "../trace-data/span-order.ts";
import {
  collapseAll,
  collapseLevel,
  countMatches,
  expandLevel,
  matchNumber,
  nextMatch,
  positionOf,
  reveal,
  visibleRows,
} from "./rows.ts";

// 0 ─ 1 ─ 2
//       └ 3 ─ 4
//   └ 5
const tree = orderSpans(Int32Array.of(-1, 0, 1, 1, 3, 0), Float64Array.of(0, 1, 2, 3, 4, 5));
const rows = (collapsed: Iterable<number>) => [...visibleRows(tree, new Set(collapsed))];

describe("visible rows", () => {
  it("leave out what is inside a collapsed row", () => {
    expect(rows([])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows([1])).toEqual([0, 1, 5]);
    expect(rows([0, 1])).toEqual([0]);
    expect(rows([3])).toEqual([0, 1, 2, 3, 5]);
  });

  it("are found by position, a hidden row at the row that hides it", () => {
    const visible = visibleRows(tree, new Set([1]));
    expect(positionOf(visible, 5)).toBe(2);
    expect(positionOf(visible, 4)).toBe(1);
    expect(positionOf(visible, 0)).toBe(0);
  });
});

describe("folding", () => {
  it("collapses all rows with children", () => {
    expect([...collapseAll(tree)]).toEqual([0, 1, 3]);
  });

  it("goes level by level, the deepest first, and back", () => {
    const first = collapseLevel(tree, new Set());
    expect([...first]).toEqual([3]);
    const second = collapseLevel(tree, first);
    expect([...second].sort()).toEqual([1, 3]);
    const third = collapseLevel(tree, second);
    expect([...third].sort()).toEqual([0, 1, 3]);
    expect(collapseLevel(tree, third)).toEqual(third);
    expect([...expandLevel(tree, third)].sort()).toEqual([1, 3]);
    expect([...expandLevel(tree, second)]).toEqual([3]);
    expect([...expandLevel(tree, new Set())]).toEqual([]);
  });

  it("opens just what hides a row", () => {
    expect([...reveal(tree, new Set([0, 1, 3]), 4)]).toEqual([]);
    expect([...reveal(tree, new Set([1, 3]), 5)]).toEqual([1, 3]);
    const same: ReadonlySet<number> = new Set([3]);
    expect(reveal(tree, same, 5)).toBe(same);
  });
});

describe("matches", () => {
  const mask = Uint8Array.of(0, 1, 0, 0, 1, 0);
  it("are walked in both directions, around the ends", () => {
    expect(nextMatch(mask, -1, 1)).toBe(1);
    expect(nextMatch(mask, 1, 1)).toBe(4);
    expect(nextMatch(mask, 4, 1)).toBe(1);
    expect(nextMatch(mask, 1, -1)).toBe(4);
    expect(nextMatch(new Uint8Array(3), 0, 1)).toBe(-1);
  });

  it("are numbered from one", () => {
    expect(matchNumber(mask, 4)).toBe(2);
    expect(matchNumber(mask, 3)).toBe(0);
    expect(countMatches(mask)).toBe(2);
  });
});
