import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { criticalPath } from "./critical-path.ts";
import { orderSpans } from "./span-order.ts";

/** Spans as [parent, start, end, follows?] in any order; the result as [row, start, end] sorted by start. */
function pathOf(spans: readonly (readonly [number, number, number, boolean?])[]) {
  const starts = Float64Array.from(spans, (s) => s[1]);
  const tree = orderSpans(
    Int32Array.from(spans, (s) => s[0]),
    starts,
  );
  const pick = <T>(f: (s: readonly [number, number, number, boolean?]) => T): T[] =>
    [...tree.order].map((i) => f(spans[i] ?? [-1, 0, 0]));
  const path = criticalPath({
    ...tree,
    startUs: Float64Array.from(pick((s) => s[1])),
    durationUs: Float64Array.from(pick((s) => s[2] - s[1])),
    follows: Uint8Array.from(pick((s) => (s[3] === true ? 1 : 0))),
  });
  return [...path.row]
    .map((row, i) => [row, path.startUs[i] ?? 0, path.endUs[i] ?? 0] as const)
    .sort((a, b) => a[1] - b[1]);
}

describe("the critical path", () => {
  it("alternates between a span and the child it waited for", () => {
    expect(
      pathOf([
        [-1, 0, 100],
        [0, 20, 80],
      ]),
    ).toEqual([
      [0, 0, 20],
      [1, 20, 80],
      [0, 80, 100],
    ]);
  });

  it("takes the last to finish of parallel children", () => {
    expect(
      pathOf([
        [-1, 0, 100],
        [0, 10, 60],
        [0, 10, 90],
      ]),
    ).toEqual([
      [0, 0, 10],
      [2, 10, 90],
      [0, 90, 100],
    ]);
  });

  it("cuts a child that outlives its parent", () => {
    expect(
      pathOf([
        [-1, 0, 100],
        [0, 50, 150],
      ]),
    ).toEqual([
      [0, 0, 50],
      [1, 50, 100],
    ]);
  });

  it("does not wait for what only follows", () => {
    expect(
      pathOf([
        [-1, 0, 100],
        [0, 20, 80, true],
      ]),
    ).toEqual([[0, 0, 100]]);
  });

  it("is empty without spans", () => {
    expect(pathOf([])).toEqual([]);
  });

  it("covers the root's time once, whatever the shape", () => {
    const span = fc.tuple(fc.nat(1000), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 30 }), fc.array(fc.nat(29)), (times, picks) => {
        const spans = times.map(([start, duration], i): [number, number, number] => [
          i === 0 ? -1 : (picks[i] ?? 0) % i,
          start,
          start + duration,
        ]);
        const path = pathOf(spans);
        let cursor = spans[0]?.[1] ?? 0;
        for (const [, start, end] of path) {
          expect(start).toBe(cursor);
          expect(end).toBeGreaterThan(start);
          cursor = end;
        }
        expect(cursor).toBe(spans[0]?.[2]);
      }),
    );
  });
});
