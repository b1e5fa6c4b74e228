import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openFileStrategies } from "./file-strategies.ts";
import type { StrategyProvider } from "./strategy.ts";
import { recordingLogger } from "./test-logger.ts";

const PROBABILITY = (param: number) => JSON.stringify({ default_strategy: { type: "probabilistic", param } });
const V1_DEFAULT = { type: "probabilistic", samplingRate: 0.001 };

let folder: string;
let file: string;
const open: StrategyProvider[] = [];

async function from(
  source: string,
  more: { reloadIntervalMs?: number; rateLimitedInherit?: boolean; defaultSamplingProbability?: number } = {},
) {
  const { logger, lines } = recordingLogger();
  const provider = await openFileStrategies({ source, reloadIntervalMs: 0, logger, ...more });
  open.push(provider);
  return { provider, lines };
}

async function document(json: unknown, more: { rateLimitedInherit?: boolean } = {}) {
  await writeFile(file, JSON.stringify(json));
  return from(file, more);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "strategies-"));
  file = join(folder, "strategies.json");
});
afterEach(async () => {
  for (const provider of open.splice(0)) await provider.close();
  await rm(folder, { recursive: true, force: true });
});

describe("file strategies", () => {
  test("without a source every service is sampled with probability 0.001", async () => {
    const { provider } = await from("");
    expect(await provider.getStrategy("any")).toEqual(V1_DEFAULT);
  });

  test("another default probability holds wherever nothing else is said", async () => {
    const half = { type: "probabilistic", samplingRate: 0.5 };
    const { provider } = await from("", { defaultSamplingProbability: 0.5 });
    expect(await provider.getStrategy("any")).toEqual(half);
    await writeFile(file, JSON.stringify({ service_strategies: [{ service: "odd", type: "nonsense", param: 1 }] }));
    const { provider: fromFile } = await from(file, { defaultSamplingProbability: 0.5 });
    expect(await fromFile.getStrategy("odd")).toEqual(half);
    expect(await fromFile.getStrategy("other")).toEqual(half);
  });

  test("a null document means the defaults", async () => {
    const { provider } = await document(null);
    expect(await provider.getStrategy("any")).toEqual(V1_DEFAULT);
  });

  test("a missing file is an error at the start", async () => {
    await expect(from(join(folder, "absent.json"))).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringContaining("failed to read strategies file"),
    });
  });

  test.each([
    ["no JSON", "{bad"],
    ["a list", "[]"],
    ["services that are no list", '{"service_strategies":{}}'],
    ["a null service", '{"service_strategies":[null]}'],
    ["a parameter that is text", '{"default_strategy":{"type":"probabilistic","param":"0.5"}}'],
  ])("%s is an error at the start", async (_, text) => {
    await writeFile(file, text);
    await expect(from(file)).rejects.toMatchObject({ code: "INVALID_STRATEGIES" });
  });

  test("member names compare without case and unknown members are ignored", async () => {
    const { provider } = await document({ Default_Strategy: { TYPE: "probabilistic", Param: 0.25 }, extra: 1 });
    expect(await provider.getStrategy("any")).toEqual({ type: "probabilistic", samplingRate: 0.25 });
  });

  test("an unknown type is warned of and sampled by default", async () => {
    const { provider, lines } = await document({ service_strategies: [{ service: "a", type: "const", param: 1 }] });
    expect(await provider.getStrategy("a")).toEqual(V1_DEFAULT);
    expect(lines).toContain("warn: Failed to parse sampling strategy");
  });

  test("a rate limit per operation is warned of and left out", async () => {
    const { provider, lines } = await document({
      service_strategies: [
        {
          service: "a",
          type: "probabilistic",
          param: 0.5,
          operation_strategies: [{ operation: "op", type: "ratelimiting", param: 2 }],
        },
      ],
    });
    expect((await provider.getStrategy("a")).operationSampling?.perOperationStrategies).toEqual([]);
    expect(lines.join()).toContain("'op' defaulting to probabilistic sampling with probability 0.500000");
  });

  const inheritance = {
    default_strategy: {
      type: "probabilistic",
      param: 0.5,
      operation_strategies: [{ operation: "/health", type: "probabilistic", param: 0 }],
    },
    service_strategies: [
      { service: "rate", type: "ratelimiting", param: 5 },
      { service: "prob", type: "probabilistic", param: 0.8 },
    ],
  };

  test("rate limited services inherit the default operations", async () => {
    const { provider } = await document(inheritance);
    expect((await provider.getStrategy("rate")).operationSampling?.defaultSamplingProbability).toBe(0.5);
    expect((await provider.getStrategy("prob")).operationSampling?.defaultSamplingProbability).toBe(0.8);
  });

  test("with the fix off only probabilistic services inherit them", async () => {
    const { provider } = await document(inheritance, { rateLimitedInherit: false });
    expect((await provider.getStrategy("rate")).operationSampling).toBeUndefined();
    expect((await provider.getStrategy("prob")).operationSampling?.perOperationStrategies).toHaveLength(1);
  });

  test("a changed file takes effect; a broken one is logged and the last good one stays", async () => {
    await writeFile(file, PROBABILITY(0.1));
    const { provider, lines } = await from(file, { reloadIntervalMs: 5 });
    await writeFile(file, PROBABILITY(0.2));
    await vi.waitFor(async () => expect(await provider.getStrategy("a")).toMatchObject({ samplingRate: 0.2 }));
    await writeFile(file, "{broken");
    await vi.waitFor(() => expect(lines.join()).toContain("failed to re-load sampling strategies"));
    expect(await provider.getStrategy("a")).toMatchObject({ samplingRate: 0.2 });
  });

  test("a broken file is told once for each content, and when it is good again", async () => {
    // At once, as a reader between truncation and writing would see one content more.
    const replace = async (text: string) => {
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
    };
    await replace(PROBABILITY(0.1));
    const { lines } = await from(file, { reloadIntervalMs: 1 });
    const failures = () => lines.filter((line) => line.includes("failed to re-load")).length;
    await replace("{broken");
    await vi.waitFor(() => expect(failures()).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(failures()).toBe(1);
    await replace("{broken otherwise");
    await vi.waitFor(() => expect(failures()).toBe(2));
    await rm(file);
    await vi.waitFor(() => expect(failures()).toBe(3));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(failures()).toBe(3);
    await replace(PROBABILITY(0.1));
    await vi.waitFor(() => expect(lines.join()).toContain("as they were again"));
  });
});

describe("strategies from a URL", () => {
  let status = 200;
  let body = PROBABILITY(0.3);
  const server = createServer((_, response) => response.writeHead(status).end(body));
  let url: string;
  beforeEach(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/strategies`;
  });
  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });

  test("are downloaded, and reloaded", async () => {
    [status, body] = [200, PROBABILITY(0.3)];
    const { provider } = await from(url, { reloadIntervalMs: 5 });
    expect(await provider.getStrategy("a")).toMatchObject({ samplingRate: 0.3 });
    body = PROBABILITY(0.4);
    await vi.waitFor(async () => expect(await provider.getStrategy("a")).toMatchObject({ samplingRate: 0.4 }));
  });

  test("503 means there are none now: the defaults hold", async () => {
    [status, body] = [503, "later"];
    const { provider } = await from(url);
    expect(await provider.getStrategy("a")).toEqual(V1_DEFAULT);
  });

  test("any other status is an error", async () => {
    [status, body] = [404, "gone"];
    await expect(from(url)).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: "receiving 404 Not Found while downloading strategies file: gone",
    });
  });

  test("an answer without end is cut off", async () => {
    [status, body] = [200, " ".repeat(17 * 1024 * 1024)];
    await expect(from(url)).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
  });
});
