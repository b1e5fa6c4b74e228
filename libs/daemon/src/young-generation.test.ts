import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

/** Megabytes of the young generation after much garbage of which some lives for a while, in a process of its own. */
function megabytesAfterGarbage(before: string): number {
  const module = new URL("young-generation.ts", import.meta.url).href;
  const script = `
    import { getHeapSpaceStatistics } from "node:v8";
    import { keepYoungGenerationSmall } from ${JSON.stringify(module)};
    ${before}
    let kept = [];
    for (let i = 0; i < 1_000_000; i++) {
      kept.push({ i, list: [i] });
      if (kept.length > 20_000) kept = [];
    }
    const space = getHeapSpaceStatistics().find((item) => item.space_name === "new_space");
    console.log(space.space_size / 2 ** 20);
  `;
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }));
}

test("the young generation stays small under load that would make it grow", () => {
  expect(megabytesAfterGarbage("")).toBeGreaterThan(8);
  expect(megabytesAfterGarbage("keepYoungGenerationSmall();")).toBeLessThanOrEqual(4);
});
