import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { canonicalResponse } from "./canonical.ts";
import {
  DATA,
  type Profile,
  type RecordedCase,
  type RecordedFile,
  type RecordedRequest,
  type RecordedResponse,
} from "./corpus.ts";
import { differences } from "./difference.ts";
import { Exchange, type PortMap, sendHttp } from "./exchange.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The daemons of a profile, running with an empty store. */
export interface RunningProfile {
  readonly ports: PortMap;
  stop(): Promise<void>;
}

export async function startProfile(profile: Profile): Promise<RunningProfile> {
  const directory = mkdtempSync(join(tmpdir(), "spoor-golden-"));
  const substitute = (args: readonly string[], allInOne?: Daemon) =>
    args.map((arg) =>
      arg
        .replace("{file:strategies}", join(DATA, profile.strategiesFile))
        .replace(":14250", `:${allInOne?.ports.collectorGrpc ?? 14250}`),
    );
  // The recorded command lines fix the port of Zipkin; the environment moves the others.
  const allInOne = await startDaemon("all-in-one", {
    args: substitute(profile.allInOne.args).filter((arg) => !arg.startsWith("--collector.zipkin.host-port=")),
    env: { ...profile.allInOne.env },
  });
  const agent =
    profile.agent === null
      ? undefined
      : await startDaemon("agent", { args: substitute(profile.agent.args, allInOne), env: { ...profile.agent.env } });
  const agentPorts = agent && {
    agentZipkin: agent.ports.agentZipkin,
    agentCompact: agent.ports.agentCompact,
    agentBinary: agent.ports.agentBinary,
    agentHttp: agent.ports.agentHttp,
    agentAdmin: agent.ports.admin,
  };
  return {
    ports: { ...allInOne.ports, ...agentPorts },
    async stop() {
      await agent?.stop();
      await allInOne.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Replays one file and gives, for each case, the lines in which the answers differ. */
export async function replay(file: RecordedFile, ports: PortMap): Promise<ReadonlyMap<string, readonly string[]>> {
  const exchange = new Exchange(ports);
  const answers: RecordedResponse[] = [];
  for (const item of file.cases) {
    answers.push(await exchange.send(item.request, item.requestBase64));
    if (item.settleMs) await sleep(item.settleMs);
  }
  const traces = new TraceReader(ports);
  await traces.settle(file.cases);
  const result = new Map<string, readonly string[]>();
  for (const [i, item] of file.cases.entries()) {
    const found = [...compare(item.response, answers[i] ?? {}, item.request)];
    for (const trace of item.traces ?? [])
      for (const kind of ["raw", "adjusted"] as const) {
        const answer = await traces.get(trace.id, kind === "raw");
        const lines = compare(onlyContentType(trace[kind]), onlyContentType(answer), HTTP_GET);
        found.push(...lines.map((line) => `${kind} trace ${trace.id} ${line}`));
      }
    result.set(item.name, found);
  }
  exchange.close();
  return result;
}

const HTTP_GET: RecordedRequest = { transport: "http", port: "queryHttp", method: "GET", path: "" };

function onlyContentType(answer: RecordedResponse): RecordedResponse {
  const contentType = answer.headers?.["content-type"];
  return { ...answer, headers: contentType === undefined ? {} : { "content-type": contentType } };
}

function compare(want: RecordedResponse, got: RecordedResponse, request: RecordedRequest): readonly string[] {
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
  return differences(plain(canonicalResponse(want, request)), plain(canonicalResponse(got, request)));
}

class TraceReader {
  readonly #ports: PortMap;
  readonly #known = new Map<string, RecordedResponse>();

  constructor(ports: PortMap) {
    this.#ports = ports;
  }

  async get(id: string, raw: boolean): Promise<RecordedResponse> {
    const key = `${id} ${raw}`;
    const known = this.#known.get(key);
    if (known) return known;
    const answer = await this.#fetch(id, raw);
    this.#known.set(key, answer);
    return answer;
  }

  /** Waits until the traces sent last stop changing: UDP has no acknowledgement. */
  async settle(cases: readonly RecordedCase[]): Promise<void> {
    const ids = cases.flatMap((item) => item.traceIds ?? []).slice(-6);
    if (ids.length === 0) return;
    await sleep(300);
    let before = "";
    for (let attempt = 0; attempt < 40; attempt++) {
      const answers = await Promise.all(ids.map((id) => this.#fetch(id, true)));
      const now = answers.map((answer) => `${answer.status}:${answer.text?.length ?? 0}`).join();
      if (now === before) return;
      before = now;
      await sleep(150);
    }
  }

  #fetch(id: string, raw: boolean): Promise<RecordedResponse> {
    const path = `/api/traces/${id}${raw ? "?raw=true" : ""}`;
    return sendHttp(this.#ports.queryHttp ?? 0, { method: "GET", path }, Buffer.alloc(0));
  }
}
