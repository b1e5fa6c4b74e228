import type { GrpcServer } from "@spoor/grpc-server";
import type { Storage } from "@spoor/storage-api";
import type { Tenancy } from "@spoor/tenancy";
import { pino } from "pino";
import { openGrpcStorage } from "../client/open-grpc-storage.ts";
import type { GrpcStorageOptions } from "../client/options.ts";
import { type StorageGrpcOptions, startStorageGrpc } from "../server/start-storage-grpc.ts";

export const silent = pino({ level: "silent" });

/** Tenants by the header, and "" without it. */
export const OPTIONAL_TENANT: Tenancy = {
  enabled: true,
  header: "x-tenant",
  check: (values) => ({ ok: true, tenant: (typeof values === "string" ? values : values?.[0]) ?? "" }),
};

export interface Served {
  readonly server: GrpcServer;
  readonly storage: Storage;
  /** Client, server, store. */
  close(): Promise<void>;
}

export function serve(store: Storage, options: Partial<StorageGrpcOptions> = {}): Promise<GrpcServer> {
  return startStorageGrpc({
    host: "127.0.0.1",
    port: 0,
    storage: store,
    tenancy: OPTIONAL_TENANT,
    logger: silent,
    ...options,
  });
}

export function connect(port: number, options: Partial<GrpcStorageOptions> = {}): Promise<Storage> {
  return openGrpcStorage({ server: `127.0.0.1:${port}`, tenantHeader: "x-tenant", logger: silent, ...options });
}

/** A store behind a server on a real socket, and a client of it. */
export async function served(
  store: Storage,
  options: { readonly server?: Partial<StorageGrpcOptions>; readonly client?: Partial<GrpcStorageOptions> } = {},
): Promise<Served> {
  const server = await serve(store, options.server);
  const storage = await connect(server.address.port, options.client);
  return {
    server,
    storage,
    async close() {
      await storage.close();
      await server.close();
      await store.close();
    },
  };
}
