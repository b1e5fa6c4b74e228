import type { KeyValue } from "@spoor/span-model";
import { valueText } from "@spoor/span-wire";
import { describeStorageContract } from "@spoor/storage-testkit";
import { type CurrentServer, clear, open } from "./server.ts";

/** Holds the store on this server to the contract of every store. */
export function contractSuite(name: string, server: CurrentServer, hugeTraceSpans: number): void {
  // Making templates takes longer than many a test.
  let createTemplates = true;
  describeStorageContract(
    name,
    async () => {
      await clear(server());
      let storage = await open(server(), { createTemplates });
      createTemplates = false;
      return {
        get storage() {
          return storage;
        },
        async reopen() {
          await storage.close();
          storage = await open(server(), { createTemplates });
          return storage;
        },
        async dispose() {
          await storage.close();
          await clear(server());
        },
      };
    },
    {
      // Documents hold microseconds and text of ten digits; values beyond 256 characters are not indexed.
      traits: {
        exact: false,
        timePrecisionNs: 1000n,
        maxTagValueLength: 255,
        differentialQueries: 200,
        hugeTraceSpans,
        storedTag,
      },
    },
  );
}

/** Floats are kept as text of ten digits. */
function storedTag(tag: KeyValue): KeyValue {
  if (tag.type !== "float64" || !Number.isFinite(tag.value)) return tag;
  const value = Number(valueText(tag));
  return { ...tag, value: Number.isFinite(value) ? value : Math.sign(value) * Number.MAX_VALUE };
}
