import { describe, expect, test } from "vitest";
import { clientTlsFlags, serverTlsFlags } from "./common-flags.ts";
import { Settings } from "./settings.ts";
import { readClientTls, readServerTls } from "./tls.ts";

const FLAGS = new Map([...serverTlsFlags("srv"), ...clientTlsFlags("cli")].map((flag) => [flag.name, flag]));

function settings(values: Record<string, string>): Settings {
  const commandLine = new Map(Object.entries(values).map(([name, text]) => [name, [text]]));
  return new Settings(FLAGS, { commandLine, environment: {}, configFile: new Map() });
}

describe("TLS settings", () => {
  test("nothing set means plain text", () => {
    expect(readServerTls(settings({}), "srv")).toBeUndefined();
    expect(readClientTls(settings({}), "cli")).toBeUndefined();
  });

  test("a member set while TLS is off is refused in v1's words", () => {
    const text = "tls.* options cannot be used when";
    expect(() => readServerTls(settings({ "srv.tls.cert": "/x" }), "srv")).toThrow(
      `srv.${text} srv.tls.enabled is false`,
    );
    expect(() => readClientTls(settings({ "cli.tls.ca": "/x" }), "cli")).toThrow(
      `cli.${text} cli.tls.enabled is false`,
    );
  });

  test("a certificate that is missing or unreadable is refused by its flag", () => {
    expect(() => readServerTls(settings({ "srv.tls.enabled": "true" }), "srv")).toThrow("needs --srv.tls.cert");
    const values = { "srv.tls.enabled": "true", "srv.tls.cert": "/nonexistent", "srv.tls.key": "/nonexistent" };
    expect(() => readServerTls(settings(values), "srv")).toThrow("--srv.tls.cert");
  });
});
