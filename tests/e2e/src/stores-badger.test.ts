import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterAll, describe, expect, it } from "vitest";
import { otlpRequest, SPANS_PER_TRACE } from "./otlp-request.ts";
import { sendOtlp, traceById } from "./query-client.ts";
import { runApp } from "./run-app.ts";

describe("SPAN_STORAGE_TYPE=badger", () => {
  const directory = mkdtempSync(join(tmpdir(), "spoor-badger-"));
  const daemons: Daemon[] = [];
  afterAll(async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    rmSync(directory, { recursive: true, force: true });
  });

  const start = async (more: Readonly<Record<string, string>> = {}) => {
    const env = { SPAN_STORAGE_TYPE: "badger", OTEL_TRACES_SAMPLER: "always_off", ...more };
    const daemon = await startDaemon("all-in-one", { env });
    daemons.push(daemon);
    return daemon;
  };

  it("keeps traces over a restart where v1's flags say, beside Badger's own files", async () => {
    const values = join(directory, "values");
    const flags = {
      BADGER_EPHEMERAL: "false",
      BADGER_DIRECTORY_KEY: join(directory, "keys"),
      BADGER_DIRECTORY_VALUE: values,
      BADGER_SPAN_STORE_TTL: "24h",
    };
    const first = await start(flags);
    writeFileSync(join(values, "000001.vlog"), "Badger's");
    const { body, traceIds } = otlpRequest("kept", 1);
    await sendOtlp(first, body);
    expect(await first.stop()).toBe(0);
    const second = await start(flags);
    expect((await traceById(second, traceIds[0] as string))?.spans).toHaveLength(SPANS_PER_TRACE);
    expect(await second.stop()).toBe(0);
    expect(readdirSync(values).sort()).toEqual(["000001.vlog", "spoor"]);
  });

  it("forgets them at the end unless told otherwise, as v1 does", async () => {
    const first = await start();
    const { body, traceIds } = otlpRequest("forgotten", 1);
    await sendOtlp(first, body);
    expect(await traceById(first, traceIds[0] as string)).toBeDefined();
    await first.stop();
    expect(await traceById(await start(), traceIds[0] as string)).toBeUndefined();
  });

  it("does not start read-only, and says so", async () => {
    const { code, output } = await runApp("all-in-one", ["--badger.read-only", "--admin.http.host-port=127.0.0.1:0"], {
      SPAN_STORAGE_TYPE: "badger",
    });
    expect(output).toContain("--badger.read-only is not supported");
    expect(code).toBe(1);
  });
});
