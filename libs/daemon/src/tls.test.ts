import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import { pino } from "pino";
import { describe, expect, test, vi } from "vitest";
import { clientTlsFlags, serverTlsFlags } from "./common-flags.ts";
import { Settings } from "./settings.ts";
import { type ClientTls, readClientTls, readServerTls } from "./tls.ts";
import { watchClientTls, watchServerTls } from "./tls-reload.ts";

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

describe("changed certificates", () => {
  test("come into use; a missing half of a pair waits for the other", async () => {
    const directory = mkdtempSync(join(tmpdir(), "spoor-tls-"));
    const [cert, key] = [join(directory, "cert"), join(directory, "key")];
    writeFileSync(cert, "cert 1");
    writeFileSync(key, "key 1");
    const applied: TlsOptions[] = [];
    const watched = watchServerTls(
      settings({
        "srv.tls.enabled": "true",
        "srv.tls.cert": cert,
        "srv.tls.key": key,
        "srv.tls.reload-interval": "5ms",
      }),
      "srv",
      pino({ level: "silent" }),
      (tls) => applied.push(tls),
    );
    rmSync(key);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(applied).toEqual([]);
    writeFileSync(cert, "certificate 2");
    writeFileSync(key, "private key 2");
    await vi.waitFor(() => expect(String(applied.at(-1)?.key)).toBe("private key 2"));
    expect(String(applied.at(-1)?.cert)).toBe("certificate 2");
    watched.close();
    rmSync(directory, { recursive: true });
  });

  test("of a client come into use too", async () => {
    const directory = mkdtempSync(join(tmpdir(), "spoor-tls-"));
    const ca = join(directory, "ca");
    writeFileSync(ca, "ca 1");
    const applied: ClientTls[] = [];
    const watched = watchClientTls(
      settings({ "cli.tls.enabled": "true", "cli.tls.ca": ca }),
      "cli",
      pino({ level: "silent" }),
      (tls) => applied.push(tls),
      5,
    );
    writeFileSync(ca, "other ca 2");
    await vi.waitFor(() => expect(String(applied.at(-1)?.ca)).toBe("other ca 2"));
    watched.close();
    rmSync(directory, { recursive: true });
  });

  test("are not looked for without TLS", () => {
    watchServerTls(settings({}), "srv", pino({ level: "silent" }), () => expect.unreachable()).close();
  });
});
