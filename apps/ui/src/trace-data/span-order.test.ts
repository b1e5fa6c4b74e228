import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderSpans } from "./span-order.ts";

const run = (parents: number[], starts?: number[]) =>
  orderSpans(Int32Array.from(parents), Float64Array.from(starts ?? parents.map((_, i) => i)));

describe("the order of spans", () => {
  it("is depth first with siblings by start time", () => {
    // 0 root; 1 and 2 its children, 2 first; 3 child of 1
    const tree = run([-1, 0, 0, 1], [0, 20, 10, 25]);
    expect([...tree.order]).toEqual([0, 2, 1, 3]);
    expect([...tree.parent]).toEqual([-1, 0, 0, 2]);
    expect([...tree.depth]).toEqual([0, 1, 1, 2]);
    expect([...tree.subtreeEnd]).toEqual([4, 2, 4, 4]);
    expect([...tree.childCount]).toEqual([2, 0, 1, 0]);
  });

  it("keeps several roots, earliest first", () => {
    const tree = run([-1, -1, 0], [5, 1, 6]);
    expect([...tree.order]).toEqual([1, 0, 2]);
    expect([...tree.subtreeEnd]).toEqual([1, 3, 3]);
  });

  it("breaks cycles and self references", () => {
    expect([...run([0]).order]).toEqual([0]);
    const tree = run([2, 0, 1, -1], [1, 2, 3, 4]);
    expect([...tree.order]).toEqual([3, 0, 1, 2]);
    expect([...tree.depth]).toEqual([0, 0, 1, 2]);
  });

  it("stands a chain of 200,000", () => {
    const tree = run(Array.from({ length: 200_000 }, (_, i) => i - 1));
    expect(tree.depth[199_999]).toBe(199_999);
    expect(tree.subtreeEnd[0]).toBe(200_000);
  });

  it("places every span once, each subtree contiguous and below its parent", () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 40 })
          .chain((n) =>
            fc.tuple(
              fc.array(fc.integer({ min: -1, max: n - 1 }), { minLength: n, maxLength: n }),
              fc.array(fc.integer({ min: 0, max: 9 }), { minLength: n, maxLength: n }),
            ),
          ),
        ([parents, starts]) => {
          const n = parents.length;
          const tree = run(parents, starts);
          expect([...tree.order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
          for (let row = 0; row < n; row++) {
            const parent = tree.parent[row] ?? -1;
            const end = tree.subtreeEnd[row] ?? 0;
            expect(end).toBeGreaterThan(row);
            if (parent >= 0) {
              expect(parent).toBeLessThan(row);
              expect(end).toBeLessThanOrEqual(tree.subtreeEnd[parent] ?? 0);
              expect(tree.depth[row]).toBe((tree.depth[parent] ?? 0) + 1);
              expect(parents[tree.order[row] ?? 0]).toBe(tree.order[parent]);
            }
          }
        },
      ),
    );
  });
});
