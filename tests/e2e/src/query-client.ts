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

/** Asks until there is an answer that satisfies `enough`; fails with the last answer after `timeoutMs`. */
export async function eventually<T>(
  ask: () => Promise<T>,
  enough: (answer: T) => boolean,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (enough(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(`still not so after ${timeoutMs} ms: ${JSON.stringify(answer).slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function tagValue(tags: readonly UiTag[], key: string): unknown {
  return tags.find((tag) => tag.key === key)?.value;
}
