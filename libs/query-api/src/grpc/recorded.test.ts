import { createTenancy } from "@spoor/tenancy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { QueryServer } from "../options.ts";
import { exchangeGrpc, type GrpcAnswer } from "../testing/grpc-exchange.ts";
import { recorded, recordedService, tenantService } from "../testing/recorded.ts";
import { NO_TENANCY, SILENT } from "../testing/servers.ts";
import { createQueryGrpc } from "./server.ts";

interface RecordedResponse {
  readonly httpStatus: number;
  readonly code: number;
  readonly message: string;
  /** Bytes of each message. */
  readonly messageSizes: readonly number[];
}

const running: QueryServer[] = [];
afterAll(() => Promise.all(running.map((server) => server.close())));

async function start(options: Omit<Parameters<typeof createQueryGrpc>[0], "listen" | "logger">): Promise<string> {
  const server = createQueryGrpc({ ...options, listen: { host: "127.0.0.1", port: 0 }, logger: SILENT });
  const { port } = await server.start();
  running.push(server);
  return `http://127.0.0.1:${port}`;
}

/** Status and text, and how many bytes came in how many messages: their order is open, and so are the borders between them. */
function comparable(answer: Pick<GrpcAnswer, "httpStatus" | "code" | "message">, sizes: readonly number[]): unknown {
  const { httpStatus, code, message } = answer;
  return { httpStatus, code, message, messages: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

describe("recorded answers of v1", () => {
  let url: string;
  beforeAll(async () => {
    url = await start({ service: await recordedService(), tenancy: NO_TENANCY });
  });

  it.each(recorded<RecordedResponse>("grpc.json").map((item) => [item.name, item] as const))("%s", async (_, item) => {
    const answer = await exchangeGrpc(url, item);
    const sizes = answer.messages.map((message) => message.length);
    expect(comparable(answer, sizes)).toEqual(comparable(item.response, item.response.messageSizes));
  });
});

describe("recorded answers of v1 to tenants", () => {
  const cases = recorded<RecordedResponse>("tenancy.json");
  let url: string;
  beforeAll(async () => {
    const stored = cases.filter((item) => item.name.startsWith("post-tenant"));
    const tenancy = createTenancy({ enabled: true, tenants: ["acme", "megacorp"] });
    url = await start({ service: await tenantService(stored), tenancy });
  });

  // The services of spans that other protocols brought are not in this store.
  const asked = cases.filter((item) => item.request.port === "queryGrpc" && !/services-t1/.test(item.name));
  it.each(asked.map((item) => [item.name, item] as const))("%s", async (_, item) => {
    const answer = await exchangeGrpc(url, item);
    const sizes = answer.messages.map((message) => message.length);
    expect(comparable(answer, sizes)).toEqual(comparable(item.response, item.response.messageSizes));
  });
});
