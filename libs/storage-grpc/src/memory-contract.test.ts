import { openMemoryStorage } from "@spoor/storage-memory";
import { describeStorageContract } from "@spoor/storage-testkit";
import { served } from "./testing/served.ts";

describeStorageContract("the memory store behind a server", async () => {
  const { storage, close } = await served(await openMemoryStorage());
  return { storage, dispose: close };
});
