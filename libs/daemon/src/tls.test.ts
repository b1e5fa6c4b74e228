import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import type { ClientTls } from "@spoor/client-tls";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, test, vi } from "vitest";
import { clientTlsFlags, serverTlsFlags } from "./common-flags.ts";
import { Settings } from "./settings.ts";
import { readClientTls, readServerTls } from "./tls.ts";
import { watchClientTls, watchServerTls } from "./tls-reload.ts";

const FLAGS = new Map([...serverTlsFlags("srv"), ...clientTlsFlags("cli")].map((flag) => [flag.name, flag]));

const SILENT = { logger: pino({ level: "silent" }), registry: new Registry() };

/** "first" is of EC, "second" of RSA. */
const fixture = (name: string): string => new URL(`fixtures/tls/${name}.pem`, import.meta.url).pathname;
const pem = (name: string): string => readFileSync(fixture(name), "utf8");

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

  test.each([
    ["first", "second"],
    ["second", "first"],
  ])("the certificate %s with the key %s is no pair", (cert, key) => {
    const paths = { cert: fixture(`${cert}-cert`), key: fixture(`${key}-key`) };
    const server = { "srv.tls.enabled": "true", "srv.tls.cert": paths.cert, "srv.tls.key": paths.key };
    expect(() => readServerTls(settings(server), "srv")).toThrow("--srv.tls.key is not the key of --srv.tls.cert");
    const client = { "cli.tls.enabled": "true", "cli.tls.cert": paths.cert, "cli.tls.key": paths.key };
    expect(() => readClientTls(settings(client), "cli")).toThrow("--cli.tls.key is not the key of --cli.tls.cert");
    const half = { "cli.tls.enabled": "true", "cli.tls.cert": paths.cert };
    expect(() => readClientTls(settings(half), "cli")).toThrow("needs --cli.tls.cert and --cli.tls.key");
  });

  test("authorities are read whole, and half of a file is refused", () => {
    const directory = mkdtempSync(join(tmpdir(), "spoor-tls-"));
    const ca = join(directory, "ca");
    const read = (text: string) => {
      writeFileSync(ca, text);
      return readClientTls(settings({ "cli.tls.enabled": "true", "cli.tls.ca": ca }), "cli");
    };
    const both = pem("first-cert") + pem("second-cert");
    expect(String(read(both)?.ca)).toBe(both);
    expect(() => read(both.slice(0, -200))).toThrow("--cli.tls.ca cannot be used: a certificate in it has no end");
    expect(() => read("")).toThrow("--cli.tls.ca cannot be used: there is no certificate in it");
    expect(() => read(both.replace("MII", "AAA"))).toThrow("--cli.tls.ca cannot be used");
    rmSync(directory, { recursive: true });
  });
});

describe("changed certificates", () => {
  test("come into use once they are whole; halves of two pairs change nothing", async () => {
    const directory = mkdtempSync(join(tmpdir(), "spoor-tls-"));
    const [cert, key] = [join(directory, "cert"), join(directory, "key")];
    copyFileSync(fixture("first-cert"), cert);
    copyFileSync(fixture("first-key"), key);
    const applied: TlsOptions[] = [];
    const told: unknown[] = [];
    const registry = new Registry();
    const watched = watchServerTls(
      settings({
        "srv.tls.enabled": "true",
        "srv.tls.cert": cert,
        "srv.tls.key": key,
        "srv.tls.reload-interval": "5ms",
      }),
      "srv",
      {
        logger: pino({ level: "error" }, { write: (line: string) => told.push(JSON.parse(line)) }),
        registry,
      },
      (tls) => applied.push(tls),
    );
    const inMeantime = () => new Promise((resolve) => setTimeout(resolve, 50));
    rmSync(key);
    await inMeantime();
    copyFileSync(fixture("second-key"), key);
    await inMeantime();
    writeFileSync(cert, pem("second-cert").slice(0, 500));
    await inMeantime();
    expect(applied).toEqual([]);
    // Once for each of the three states, though it was looked at again and again.
    expect(told).toHaveLength(3);
    copyFileSync(fixture("second-cert"), cert);
    await vi.waitFor(() => expect(String(applied.at(-1)?.key)).toBe(pem("second-key")));
    expect(String(applied.at(-1)?.cert)).toBe(pem("second-cert"));
    const metrics = await registry.metrics();
    expect(metrics).toContain('spoor_tls_reloads_total{flags="srv.tls",result="err"} 3');
    expect(metrics).toContain('spoor_tls_reloads_total{flags="srv.tls",result="ok"} 1');
    watched.close();
    rmSync(directory, { recursive: true });
  });

  test("of a client come into use too", async () => {
    const directory = mkdtempSync(join(tmpdir(), "spoor-tls-"));
    const ca = join(directory, "ca");
    copyFileSync(fixture("first-cert"), ca);
    const applied: ClientTls[] = [];
    const watched = watchClientTls(
      settings({ "cli.tls.enabled": "true", "cli.tls.ca": ca }),
      "cli",
      SILENT,
      (tls) => applied.push(tls),
      { intervalMs: 5 },
    );
    copyFileSync(fixture("second-cert"), ca);
    await vi.waitFor(() => expect(String(applied.at(-1)?.ca)).toBe(pem("second-cert")));
    watched.close();
    rmSync(directory, { recursive: true });
  });

  test("that the connection does not take are not in use, and are counted", async () => {
    const directory = mkdtempSync(join(tmpdir(), "spoor-tls-"));
    const ca = join(directory, "ca");
    copyFileSync(fixture("first-cert"), ca);
    const registry = new Registry();
    const watched = watchClientTls(
      settings({ "cli.tls.ca": ca }),
      "cli",
      { logger: pino({ level: "silent" }), registry },
      () => {
        throw new Error("not these");
      },
      // As where another flag than cli.tls.enabled switches TLS on.
      { intervalMs: 5, isEnabled: true },
    );
    copyFileSync(fixture("second-cert"), ca);
    await vi.waitFor(async () =>
      expect(await registry.metrics()).toContain('spoor_tls_reloads_total{flags="cli.tls",result="err"} 1'),
    );
    expect(await registry.metrics()).toContain('result="ok"} 0');
    watched.close();
    rmSync(directory, { recursive: true });
  });

  test("are not looked for without TLS", () => {
    watchServerTls(settings({}), "srv", SILENT, () => expect.unreachable()).close();
  });
});
