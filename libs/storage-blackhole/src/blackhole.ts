import { type Storage, StorageError } from "@spoor/storage-api";

const CAPABILITIES = { persistent: false, searchWithoutService: true, tenancy: true, archive: false } as const;

/** A {@link Storage} that accepts every span and has none. */
export function openBlackholeStorage(): Storage {
  let closed = false;
  const open = () => {
    if (closed) throw new StorageError("CLOSED", "the store was closed");
  };
  return {
    kind: "blackhole",
    capabilities: CAPABILITIES,
    writer: {
      async write() {
        open();
      },
    },
    reader: {
      getTrace: () => nothing(open),
      getTraces: () => nothing(open),
      async findTraceIds() {
        open();
        return { traceIds: [], completeness: { complete: true } };
      },
      async getServices() {
        open();
        return [];
      },
      async getOperations() {
        open();
        return [];
      },
    },
    dependencies: {
      async getDependencies() {
        open();
        return [];
      },
    },
    async close() {
      closed = true;
    },
  };
}

async function* nothing(open: () => void): AsyncGenerator<never> {
  open();
  yield* [];
}
