import { runDaemon } from "@spoor/daemon";
import { freePorts } from "@spoor/services";
import { QUERY } from "../wire.ts";

export interface RunningQuery {
  /** Of the HTTP API. */
  readonly url: string;
  readonly adminUrl: string;
  /** What the log has so far. */
  log(): string;
  /** Gives the exit code. */
  stop(): Promise<number>;
}

/** A query daemon in this process over an empty store, which reads span metrics from a Prometheus; rejects with its log when it does not start. */
export async function startQueryDaemon(args: readonly string[]): Promise<RunningQuery> {
  const [http = 0, grpc = 0, admin = 0] = await freePorts(3);
  let log = "";
  let requestStop: () => void = () => undefined;
  const stopRequested = new Promise<void>((resolve) => {
    requestStop = resolve;
  });
  const exit = runDaemon(QUERY, {
    args: [
      `--query.http-server.host-port=127.0.0.1:${http}`,
      `--query.grpc-server.host-port=127.0.0.1:${grpc}`,
      `--admin.http.host-port=127.0.0.1:${admin}`,
      ...args,
    ],
    environment: { SPAN_STORAGE_TYPE: "memory", METRICS_STORAGE_TYPE: "prometheus" },
    stdout: () => undefined,
    stderr: (text) => {
      log += text;
    },
    log: (line) => {
      log += line;
    },
    stopRequested,
  });
  const adminUrl = `http://127.0.0.1:${admin}`;
  let isOver = false;
  void exit.finally(() => {
    isOver = true;
  });
  for (;;) {
    if (isOver) throw new Error(log);
    const isReady = await fetch(`${adminUrl}/ready`, { headers: { connection: "close" } }).then(
      (reply) => reply.ok,
      () => false,
    );
    if (isReady) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url: `http://127.0.0.1:${http}`,
    adminUrl,
    log: () => log,
    stop() {
      requestStop();
      return exit;
    },
  };
}
