import * as fs from "node:fs";
import { afterEach, expect, it } from "vitest";
import { DirectoryLock } from "./directory-lock.ts";
import { openDatabase, temporaryDirectory } from "./testing/test-engine.ts";

const directory = temporaryDirectory();
const held: DirectoryLock[] = [];
afterEach(() => {
  for (const lock of held.splice(0)) lock.release();
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory);
});

function acquire(): DirectoryLock {
  const lock = DirectoryLock.acquire(openDatabase, directory);
  held.push(lock);
  return lock;
}

it("refuses a directory to a second store while the first holds it, with the holder's process id", () => {
  const lock = acquire();
  expect(acquire).toThrow(
    expect.objectContaining({ code: "DIRECTORY_LOCKED", message: expect.stringContaining(String(process.pid)) }),
  );
  lock.release();
  acquire();
});

it("holds nothing more when it is released twice", () => {
  const lock = acquire();
  lock.release();
  acquire();
  lock.release();
  expect(acquire).toThrow(expect.objectContaining({ code: "DIRECTORY_LOCKED" }));
});

it("is not held by what a dead process left behind", () => {
  acquire().release();
  fs.writeFileSync(`${directory}/lock.pid`, "1");
  fs.writeFileSync(`${directory}/lock.sqlite`, "garbage that is no database at all, but long enough to be read");
  acquire();
});
