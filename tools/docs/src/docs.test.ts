import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the generated pages of docs/reference are what the code says; `npm run docs` writes them", async () => {
  const script = new URL("main.ts", import.meta.url).pathname;
  // Its own process: some starts that it looks into go on trying, and end with it.
  const { stderr } = await promisify(execFile)(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    script,
    "--check",
  ]).catch((error: { readonly stderr: string }) => error);
  expect(stderr).toBe("");
}, 120_000);
