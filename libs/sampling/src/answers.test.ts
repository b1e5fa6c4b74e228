import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFileStrategies } from "./file-strategies.ts";
import { decodeStrategy, decodeStrategyParameters, encodeStrategy, encodeStrategyParameters } from "./protobuf.ts";
import { renderJson, renderLegacyJson } from "./render.ts";
import type { StrategyProvider } from "./strategy.ts";
import { recordingLogger } from "./test-logger.ts";

interface Answer {
  readonly json: string;
  readonly legacy: string | null;
  readonly protobufBase64: string;
}

const fixtures = new URL("./fixtures/", import.meta.url);
const { services } = JSON.parse(readFileSync(new URL("answers.json", fixtures), "utf8")) as {
  services: Record<string, Answer>;
};

describe("the strategies v1.67 was recorded with", () => {
  let provider: StrategyProvider;
  beforeAll(async () => {
    const source = new URL("strategies.json", fixtures).pathname;
    provider = await openFileStrategies({ source, reloadIntervalMs: 0, logger: recordingLogger().logger });
  });
  afterAll(() => provider.close());

  test.each(Object.entries(services))("service %s gets v1's answer in every shape", async (service, answer) => {
    const strategy = await provider.getStrategy(service);
    expect(renderJson(strategy)).toBe(answer.json);
    expect(Buffer.from(encodeStrategy(strategy)).toString("base64")).toBe(answer.protobufBase64);
    if (answer.legacy === null) expect(() => renderLegacyJson(strategy)).toThrow("int16");
    else expect(renderLegacyJson(strategy)).toBe(answer.legacy);
  });

  test.each(Object.keys(services))("the protobuf of %s reads back as the same strategy", async (service) => {
    const strategy = await provider.getStrategy(service);
    expect(decodeStrategy(encodeStrategy(strategy))).toEqual(strategy);
  });

  test("an empty name gets the default strategy", async () => {
    expect(await provider.getStrategy("")).toBe(await provider.getStrategy("nobody"));
  });
});

test("a service name survives its message", () => {
  for (const service of ["", "a", "über", "x".repeat(300)]) {
    expect(decodeStrategyParameters(encodeStrategyParameters(service))).toBe(service);
  }
});
