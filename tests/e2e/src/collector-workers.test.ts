import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterEach, describe, expect, it } from "vitest";
import { metric } from "./datagram-load.ts";
import { exportOver, GRPC_OK } from "./otlp-grpc.ts";
import { eventually } from "./query-client.ts";

const SAVED = "jaeger_collector_spans_saved_by_svc_total";
const CONNECTIONS = 8;

let collector: Daemon | undefined;
const sessions: ClientHttp2Session[] = [];

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await collector?.stop();
});

describe.runIf(process.platform === "linux")("a collector of two processes", () => {
  it("gives each half of the connections of eight agents, and counts what both took", async () => {
    collector = await startDaemon("collector", { args: ["--workers=2"], env: { SPAN_STORAGE_TYPE: "blackhole" } });
    for (let i = 0; i < CONNECTIONS; i++) {
      const session = connect(collector.url("otlpGrpc", ""));
      session.on("error", () => undefined);
      sessions.push(session);
      await once(session, "remoteSettings");
    }
    const exportAll = (open: readonly ClientHttp2Session[]) =>
      Promise.all(open.map((session) => exportOver(session, "fleet")));
    for (let round = 0; round < 3; round++) expect(new Set(await exportAll(sessions))).toEqual(new Set([GRPC_OK]));
    expect(await metric(collector, SAVED)).toBe(3 * CONNECTIONS);

    // The connections of a worker end with it.
    const [worker] = readFileSync(`/proc/${collector.pid}/task/${collector.pid}/children`, "utf8").split(" ");
    process.kill(Number(worker), "SIGKILL");
    const left = () => sessions.filter((session) => !session.closed && !session.destroyed);
    await eventually(
      () => Promise.resolve(left().length),
      (count) => count < CONNECTIONS,
    );
    expect(await exportAll(left())).toEqual(Array(CONNECTIONS / 2).fill(GRPC_OK));
  });
});
