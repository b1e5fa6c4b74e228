import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

/** Megabytes still free when V8 begins its first full collections of a heap that grows, in a process of its own. */
function freeAtBegin(before: string): number {
  const module = new URL("old-generation.ts", import.meta.url).href;
  const script = `
    import { collectWhenNearlyFull } from ${JSON.stringify(module)};
    const living = [];
    for (let i = 0; i < 200_000; i++) living.push({ i, list: [i] });
    ${before}
    let kept = [];
    for (let round = 0; round < 600; round++) {
      for (let i = 0; i < 5_000; i++) {
        kept.push({ i, list: [i] });
        if (kept.length > 60_000) kept = [];
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    console.log(living.length);
  `;
  const args = ["--trace-incremental-marking", "--input-type=module", "-e", script];
  const output = execFileSync(process.execPath, args, { encoding: "utf8" });
  const free = [...output.matchAll(/\] Start \(.*?\) v8: \S+ \/ \S+ \/ \S+ \/ (\d+)MB/g)].map((match) =>
    Number(match[1]),
  );
  return Math.max(...free);
}

test("a full collection begins when the heap is nearly full, not when a young generation would still fit", () => {
  const byItself = freeAtBegin("");
  expect(byItself).toBeLessThan(100);
  expect(freeAtBegin("collectWhenNearlyFull();")).toBeLessThan(byItself);
});
