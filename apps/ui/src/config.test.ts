import { describe, expect, it } from "vitest";
import { parseServerConfig } from "./config.ts";

const untouched = `
JAEGER_CONFIG = DEFAULT_CONFIG;
JAEGER_VERSION = DEFAULT_VERSION;
JAEGER_STORAGE_CAPABILITIES = DEFAULT_STORAGE_CAPABILITIES;
`;

describe("the server's data block", () => {
  it("gives the defaults when the server replaced nothing", () => {
    const config = parseServerConfig(untouched);
    expect(config.archiveStorage).toBe(false);
    expect(config.ui.maxLimit).toBe(1500);
    expect(config.version.gitVersion).toBe("");
  });

  it("reads values with semicolons inside strings and over several lines", () => {
    const config = parseServerConfig(
      untouched
        .replace("DEFAULT_CONFIG", '{\n "search": {"maxLimit": 7, "x": "a;b"},\n "criticalPathEnabled": false\n}')
        .replace("DEFAULT_VERSION", '{"gitVersion":"v1.2.3; x","gitCommit":"abc","buildDate":"d"}')
        .replace("DEFAULT_STORAGE_CAPABILITIES", '{"archiveStorage":true}'),
    );
    expect(config.ui.maxLimit).toBe(7);
    expect(config.ui.criticalPathEnabled).toBe(false);
    expect(config.version.gitVersion).toBe("v1.2.3; x");
    expect(config.archiveStorage).toBe(true);
  });

  it("ignores values of the wrong type", () => {
    const config = parseServerConfig('JAEGER_CONFIG = {"search":[1],"dependencies":{"menuEnabled":"no"}};');
    expect(config.ui.dependenciesMenuEnabled).toBe(true);
    expect(config.ui.maxLookback).toBe("2d");
  });

  it("honours the deprecated key for the dependencies menu", () => {
    expect(parseServerConfig('JAEGER_CONFIG = {"dependenciesMenuEnabled":false};').ui.dependenciesMenuEnabled).toBe(
      false,
    );
  });
});
