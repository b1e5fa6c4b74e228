import { describe, expect, test } from "vitest";
import { startPrometheus } from "./prometheus.ts";
import { requireService } from "./require-service.ts";

const prometheus = await requireService("prometheus");

describe.skipIf(!prometheus.available)(`a Prometheus server ${prometheus.reason}`, () => {
  test("has its samples from the start, and is gone after its end", async () => {
    const server = await startPrometheus({ samples: "answers 42 1790000000\n# EOF\n" });
    const ask = async () => {
      const url = `${server.url}/api/v1/query?query=answers&time=1790000000`;
      return (await (await fetch(url, { headers: { connection: "close" } })).json()) as object;
    };
    try {
      expect(await ask()).toMatchObject({ data: { result: [{ value: [1_790_000_000, "42"] }] } });
    } finally {
      await server.close();
    }
    await expect(ask()).rejects.toThrow("fetch failed");
  });
});
