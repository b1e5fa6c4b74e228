import { setFlagsFromString } from "node:v8";

/**
 * Lets V8 begin a full collection when nine tenths of the room it has given itself are used. By itself it begins when the room left
 * is no more than the young generation, which in a heap as small as a daemon's (some 20 MB live) is the case again a few
 * megabytes after the last one: it then marks the whole heap three times a second under load, on other threads but at the cost of
 * a third of the daemon's CPU. The room itself, and so the memory used, stays what it was.
 */
export function collectWhenNearlyFull(): void {
  setFlagsFromString("--incremental-marking-soft-trigger=90");
  setFlagsFromString("--incremental-marking-hard-trigger=95");
}
