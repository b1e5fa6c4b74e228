import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const HANGING_READER = new URL("testing/hanging-reader.ts", import.meta.url).pathname;

// Nobody ever opens the FIFO's other end, so that a thread which opens it for reading waits without end.
describe("a process with a thread that waits in the system", () => {
  let directory: string;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "spoor-prompt-exit-"));
    execFileSync("mkfifo", [join(directory, "fifo")]);
  });
  afterEach(() => {
    child?.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  });

  test.each([0, 1])("ends with its code %i, with all that it wrote and nothing else", async (code) => {
    child = spawn(process.execPath, [HANGING_READER, join(directory, "fifo"), String(code)], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH, NODE_OPTIONS: "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON" },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (output += String(text)));
    expect(await once(child, "close")).toEqual([code, null]);
    expect(output).toBe("the last line\n".repeat(10_000));
  });
});
