import type { Daemon } from "@spoor/test-harness";

/** v1's JSON of a trace, as far as tests look at it. */
export interface UiTrace {
  readonly traceID: string;
  readonly spans: readonly UiSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: readonly UiTag[] }>>;
}

export interface UiSpan {
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly spanID: string }[];
  readonly startTime: number;
  readonly duration: number;
  readonly tags: readonly UiTag[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly UiTag[] }[];
  readonly processID: string;
}

export interface UiTag {
  readonly key: string;
  readonly type: string;
  readonly value: unknown;
}

/** Traces of a service through `/api/traces`; `query` holds more parameters. */
export async function findTraces(daemon: Daemon, service: string, query = ""): Promise<readonly UiTrace[]> {
  const reply = await fetch(
    daemon.url("queryHttp", `/api/traces?service=${encodeURIComponent(service)}&limit=100${query}`),
  );
  const body = (await reply.json()) as { readonly data: readonly UiTrace[] | null };
  if (!reply.ok) throw new Error(`HTTP ${reply.status}: ${JSON.stringify(body)}`);
  return body.data ?? [];
}

/**
 * Asks until there is an answer that satisfies `enough`; fails with the last answer, or why there was none, after `timeoutMs`. An index that
 * is just being made answers 503, as a store that is away does.
 */
export async function eventually<T>(
  ask: () => Promise<T>,
  enough: (answer: T) => boolean,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let seen: string;
    try {
      const answer = await ask();
      if (enough(answer)) return answer;
      seen = JSON.stringify(answer).slice(0, 2000);
    } catch (error) {
      seen = String(error);
    }
    if (Date.now() > deadline) throw new Error(`still not so after ${timeoutMs} ms: ${seen}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function tagValue(tags: readonly UiTag[], key: string): unknown {
  return tags.find((tag) => tag.key === key)?.value;
}

/** A trace by its id; `undefined` when there is none. */
export async function traceById(daemon: Daemon, traceId: string): Promise<UiTrace | undefined> {
  const reply = await fetch(daemon.url("queryHttp", `/api/traces/${traceId}`));
  const body = (await reply.json()) as { readonly data: readonly UiTrace[] | null };
  if (!reply.ok && reply.status !== 404) throw new Error(`HTTP ${reply.status}: ${JSON.stringify(body)}`);
  return body.data?.[0];
}

export async function services(daemon: Daemon): Promise<readonly string[]> {
  return (await getData<readonly string[] | null>(daemon, "/api/services")) ?? [];
}

export async function operationNames(daemon: Daemon, service: string): Promise<readonly string[]> {
  const operations = await getData<readonly { readonly name: string }[] | null>(
    daemon,
    `/api/operations?service=${encodeURIComponent(service)}`,
  );
  return (operations ?? []).map(({ name }) => name).sort();
}

export interface UiLink {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/** Links of the last day, sorted. */
export async function dependencyLinks(daemon: Daemon): Promise<readonly UiLink[]> {
  const links = await getData<readonly UiLink[] | null>(
    daemon,
    `/api/dependencies?endTs=${Date.now() + 60_000}&lookback=86400000`,
  );
  const key = ({ parent, child }: UiLink) => JSON.stringify([parent, child]);
  return [...(links ?? [])].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

async function getData<T>(daemon: Daemon, path: string): Promise<T> {
  const reply = await fetch(daemon.url("queryHttp", path));
  const body = (await reply.json()) as { readonly data: T };
  if (!reply.ok) throw new Error(`HTTP ${reply.status}: ${JSON.stringify(body)}`);
  return body.data;
}

/** Sends OTLP/JSON; rejects unless it is acknowledged. */
export async function sendOtlp(daemon: Daemon, body: string): Promise<void> {
  const reply = await postOtlp(daemon, body);
  if (reply.status !== 200) throw new Error(`HTTP ${reply.status}: ${reply.text}`);
}

export async function postOtlp(
  daemon: Daemon,
  body: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { "content-type": "application/json" };
  const reply = await fetch(daemon.url("otlpHttp", "/v1/traces"), { method: "POST", headers, body });
  return { status: reply.status, text: await reply.text() };
}
