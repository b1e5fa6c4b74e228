import { describeStorageContract } from "@spoor/storage-testkit";
import { openMemoryStorage } from "./memory-storage.ts";

describeStorageContract("the memory store", async () => {
  const storage = await openMemoryStorage();
  return { storage, dispose: () => storage.close() };
});
