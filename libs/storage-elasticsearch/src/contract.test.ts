import { describeStorageContract } from "@spoor/storage-testkit";
import { openElasticsearchStorage } from "./open-elasticsearch-storage.ts";

const url = process.env.ES_URL ?? "";
if (url !== "")
  describeStorageContract(
    `dev`,
    async () => {
      await fetch(`${url}/kit-*`, { method: "DELETE" });
      const open = () => openElasticsearchStorage({ servers: [url], indexPrefix: "kit", shards: 1, replicas: 0 });
      let storage = await open();
      return {
        get storage() {
          return storage;
        },
        async reopen() {
          await storage.close();
          storage = await open();
          return storage;
        },
        async dispose() {
          await storage.close();
        },
      };
    },
    { traits: { exact: false, timePrecisionNs: 1000n, maxTagValueLength: 255 } },
  );
