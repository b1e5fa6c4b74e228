import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PortName } from "@spoor/test-harness";

/** Folder of the recorded cases. */
export const DATA = fileURLToPath(new URL("../data", import.meta.url));
const APPS = fileURLToPath(new URL("../../../apps", import.meta.url));
/** In this order: `grpc` asks for the traces that `query` loads. */
export const SUITES = ["query", "grpc", "conversions", "errors", "agent", "admin"] as const;

export type PortKey = PortName | "agentAdmin";

export interface RecordedRequest {
  readonly transport: "http" | "grpc" | "udp" | "tcp" | "cli";
  readonly port: PortKey;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** So many bytes of this value follow the body. */
  readonly fill?: { readonly byte: number; readonly count: number };
  /** Only this part of the answer was recorded. */
  readonly extract?: "metricNames" | "keys" | "statusOnly";
  /** Name of the reply's message in {@link MESSAGES}. */
  readonly responseType?: string;
  readonly compressed?: boolean;
  readonly rawFraming?: boolean;
  readonly waitMs?: number;
  readonly bin?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly ignoreStderr?: boolean;
}

export interface RecordedResponse {
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly bodyBase64?: string;
  readonly html?: boolean;
  readonly aborted?: boolean;
  readonly error?: string;
  readonly httpStatus?: number;
  readonly contentType?: string;
  readonly code?: number | null;
  readonly message?: string;
  readonly messagesBase64?: readonly string[];
  readonly json?: readonly Readonly<Record<string, unknown>>[];
  readonly detailsBase64?: string;
  readonly rstCode?: number;
  readonly sent?: number;
  readonly exit?: number | null;
  readonly stdout?: string;
  readonly stderr?: string;
}

export interface RecordedTrace {
  readonly id: string;
  readonly raw: RecordedResponse;
  readonly adjusted: RecordedResponse;
}

export interface RecordedCase {
  readonly name: string;
  readonly request: RecordedRequest;
  readonly requestBase64?: string;
  readonly response: RecordedResponse;
  readonly traceIds?: readonly string[];
  readonly traces?: readonly RecordedTrace[];
  readonly skipReplay?: string;
  readonly settleMs?: number;
}

export interface RecordedFile {
  /** Such as `query/http.json`; the parts of a split file share it. */
  readonly file: string;
  readonly profile: string;
  readonly cases: readonly RecordedCase[];
}

export interface Profile {
  readonly allInOne: DaemonSpec;
  readonly agent: DaemonSpec | null;
  readonly strategiesFile: string;
}

export interface DaemonSpec {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(`${DATA}/${path}`, "utf8")) as T;
}

export function loadProfiles(): Readonly<Record<string, Profile>> {
  return readJson("profiles.json");
}

/** Ids (`file#case`) of cases in which two runs of v1 itself differ. */
export function loadNondeterministic(): ReadonlySet<string> {
  const { cases } = readJson<{ cases: readonly { readonly id: string }[] }>("nondeterministic.json");
  return new Set(cases.map((item) => item.id));
}

/** Command lines of daemons and tools that are no app here have nothing to be compared with. */
function isOurs(request: RecordedRequest): boolean {
  return request.bin === undefined || existsSync(`${APPS}/${request.bin}`);
}

/** Every recorded file in the order of replay. */
export function loadCorpus(): readonly RecordedFile[] {
  return SUITES.flatMap((suite) =>
    readdirSync(`${DATA}/${suite}`)
      .sort()
      .map((name) => {
        const { profile = "default", cases } = readJson<{ profile?: string; cases: readonly RecordedCase[] }>(
          `${suite}/${name}`,
        );
        const file = `${suite}/${name.replace(/\.\d\.json$/, ".json")}`;
        return { file, profile, cases: cases.filter(({ request }) => isOurs(request)) };
      }),
  );
}
