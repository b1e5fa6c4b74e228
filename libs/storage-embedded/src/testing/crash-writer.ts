import { batchOf, SpanGenerator } from "@spoor/storage-testkit";
import { openEmbeddedStorage } from "../open-embedded-storage.ts";

/**
 * A process that is there to be killed: writes traces of 20 spans for ever and prints `acknowledged SEED TRACE_NUMBER` when a write
 * resolved. What it writes follows from the seed, so that the test can say what must be there.
 */
const [directory = "", worker = "", seed = "1"] = process.argv.slice(2);
const storage = await openEmbeddedStorage({
  directory,
  workerUrl: new URL(worker),
  flushIntervalMs: 2,
  blockSpans: 400,
  maxSliceBytes: 512 * 1024,
});
const generator = new SpanGenerator(Number(seed), { baseTimeNs: 1_760_000_000_000_000_000n });
let next = 0;
async function writeForever(): Promise<never> {
  for (;;) {
    const number = next++;
    await storage.writer.write(batchOf(generator.trace({ spans: 20 })));
    process.stdout.write(`acknowledged ${number}\n`);
  }
}
process.stdout.write("open\n");
await Promise.all(Array.from({ length: 6 }, writeForever));
