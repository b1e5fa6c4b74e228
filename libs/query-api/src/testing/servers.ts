import { createTenancy, type Tenancy } from "@spoor/tenancy";
import { pino } from "pino";
import { createQueryHttp } from "../http/server.ts";
import type { QueryHttpOptions, QueryServer } from "../options.ts";

export const NO_TENANCY: Tenancy = createTenancy({ enabled: false });
export const SILENT = pino({ level: "silent" });

const running: QueryServer[] = [];

/** A server on a free port, closed by {@link closeServers}; gives the URL it listens at. */
export async function startHttp(
  options: Omit<QueryHttpOptions, "listen" | "tenancy" | "logger"> & Partial<QueryHttpOptions>,
): Promise<string> {
  const server = createQueryHttp({
    listen: { host: "127.0.0.1", port: 0 },
    tenancy: NO_TENANCY,
    logger: SILENT,
    ...options,
  });
  const { port } = await server.start();
  running.push(server);
  return `http://127.0.0.1:${port}`;
}

/** For a test's end. */
export async function closeServers(): Promise<void> {
  await Promise.all(running.splice(0).map((server) => server.close()));
}
