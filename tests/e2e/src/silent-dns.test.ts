import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtApp, freePorts, PORT_VARIABLES, type PortName } from "@spoor/test-harness";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// Port 53 and a file of its own in place of /etc/resolv.conf are root's on Linux.
const canRun = process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0;

const NAME_SERVER = "127.7.7.53";
/** The resolver gives up a name only after five times thirty seconds, long after the daemon is killed here. */
const RESOLV_CONF = `nameserver ${NAME_SERVER}\noptions timeout:30 attempts:5\n`;
const KILL_AFTER_MS = 25_000;

describe.skipIf(!canRun)(`a daemon whose name server does not answer${canRun ? "" : " (needs root on Linux)"}`, () => {
  const directory = mkdtempSync(join(tmpdir(), "spoor-dns-"));
  const nameServer = createSocket("udp4");
  /** Resolves when somebody asks for a name. */
  const asked = () => once(nameServer, "message");

  beforeAll(async () => {
    writeFileSync(join(directory, "resolv.conf"), RESOLV_CONF);
    nameServer.bind(53, NAME_SERVER);
    await once(nameServer, "listening");
  });
  afterAll(() => {
    nameServer.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each([
    { app: "agent", setting: { REPORTER_GRPC_HOST_PORT: "collector.spoor.test:14250" }, last: "Shutdown complete" },
    {
      app: "query",
      setting: { SPAN_STORAGE_TYPE: "elasticsearch", ES_SERVER_URLS: "http://es.spoor.test:9200" },
      last: "Shutting down before the start was over",
    },
    {
      app: "collector",
      setting: { SPAN_STORAGE_TYPE: "elasticsearch", ES_SERVER_URLS: "http://es.spoor.test:9200", WORKERS: "2" },
      last: "Shutting down before the start was over",
    },
  ])("$app ends with 0 on SIGTERM, before it is killed", { timeout: 60_000 }, async ({ app, setting, last }) => {
    const question = asked();
    const daemon = await launch(app, setting);
    const exit = once(daemon, "exit");
    const timer = setTimeout(() => daemon.kill("SIGKILL"), KILL_AFTER_MS);
    let output = "";
    for (const stream of [daemon.stdout, daemon.stderr]) stream.on("data", (text) => (output += String(text)));
    await Promise.race([question, exit]);
    daemon.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
    clearTimeout(timer);
    expect(output.trimEnd().split("\n").at(-1)).toContain(last);
  });

  async function launch(app: string, setting: Readonly<Record<string, string>>) {
    const ports = await freePorts();
    const portSettings = Object.fromEntries(
      (Object.keys(PORT_VARIABLES) as PortName[]).map((name) => [PORT_VARIABLES[name], `:${ports[name]}`]),
    );
    const resolvConf = join(directory, "resolv.conf");
    const inOwnNamespace = ["--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolvConf];
    return spawn("unshare", [...inOwnNamespace, process.execPath, builtApp(app)], {
      cwd: tmpdir(),
      env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), LOG_ENCODING: "json", ...portSettings, ...setting },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
});
