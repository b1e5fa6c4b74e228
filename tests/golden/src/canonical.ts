import type { RecordedRequest, RecordedResponse } from "./corpus.ts";

/**
 * Brings answers into a form in which only differences that a client could notice remain: what v1 leaves open
 * (order of spans, tags, lists; numbering of processes) is sorted, and times, stacks and addresses are masked.
 */
type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const HEADERS = [
  "content-type",
  "x-content-type-options",
  "allow",
  "content-encoding",
  "location",
  "access-control-allow-origin",
  "retry-after",
  "x-frame-options",
  "vary",
  "cache-control",
  "accept-ranges",
  "www-authenticate",
  "traceresponse",
];

export function canonicalResponse(answer: RecordedResponse, request: RecordedRequest): unknown {
  if (request.transport === "cli")
    return {
      exit: answer.exit,
      stdout: canonicalCli(answer.stdout),
      stderr: request.ignoreStderr ? undefined : errorLine(answer.stderr),
      error: answer.error,
    };
  if (request.transport === "udp") return { sent: answer.sent, error: answer.error };
  if (request.transport === "tcp") return { text: maskText(answer.text ?? "") };
  if (request.transport === "grpc")
    return {
      httpStatus: answer.httpStatus,
      code: answer.code,
      message: maskText(answer.message ?? ""),
      details: answer.detailsBase64,
      rst: answer.rstCode || undefined,
      error: answer.error,
      text: answer.text,
      json: answer.json && canonicalMessages(answer.json as JsonObject[], request.responseType),
      messages: request.responseType === undefined ? answer.messagesBase64 : undefined,
    };
  const headers = Object.fromEntries(HEADERS.map((name) => [name, answer.headers?.[name]]));
  return {
    status: answer.status,
    headers,
    error: answer.error,
    aborted: answer.aborted,
    html: answer.html,
    body: answer.bodyBase64 ?? (answer.text === undefined ? undefined : canonicalBody(answer.text)),
  };
}

export function maskText(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, "<ts>")
    .replace(/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/g, "<ts>")
    .replace(/"ts":[\d.]+/g, '"ts":0')
    .replace(/"uptime":"[^"]*"/g, '"uptime":"<uptime>"')
    .replace(/"upSince":"[^"]*"/g, '"upSince":"<ts>"')
    .replace(/"caller":"[^"]*"/g, '"caller":"<caller>"')
    .replace(/GOMAXPROCS=\d+/g, "GOMAXPROCS=<n>")
    .replace(/127\.0\.0\.1:\d{5}->/g, "127.0.0.1:<port>->")
    .replace(/"stacktrace":"(?:[^"\\]|\\.)*"/g, '"stacktrace":"<stack>"');
}

/** Rows of `print-config` for flags that v1 does not have (docs/reference/differences-from-v1.md, own-flags). */
const OWN_FLAGS =
  /^\| (admin\.http\.heap-snapshots|ingester\.dead-letters|ingester\.ready-max-lag|kafka\.consumer\.initial-offset|memory\.max-bytes|memory\.max-tenants|workers) /;

function canonicalCli(text = ""): string {
  return text
    .split("\n")
    .filter((line) => !/maxprocs:|application version:/.test(line) && !OWN_FLAGS.test(line))
    .map((line) => line.replace(/(listen \w+ [\d.]*):\d+/, "$1:<port>"))
    .join("\n");
}

/** v1 begins with its end-of-life notice and ends an error with all its flags; of both only the error is compared. */
function errorLine(text = ""): string | undefined {
  return text.split("\n").find((line) => line.startsWith("Error: "));
}

const NUMBERS_AND_STRINGS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON with integers of 16 digits and more kept as text, so that none is rounded. */
function parseExactly(text: string): Json {
  return JSON.parse(
    text.replace(NUMBERS_AND_STRINGS, (match) => (/^-?\d{16,}$/.test(match) ? `"#${match}"` : match)),
  ) as Json;
}

function canonicalBody(text: string): unknown {
  let body: Json;
  try {
    body = parseExactly(text);
  } catch {
    return maskText(text).trimEnd();
  }
  if (body === null || typeof body !== "object" || Array.isArray(body)) return body;
  if (Array.isArray(body.data)) {
    body = {
      ...body,
      data: sorted(
        body.data.map((item) => (isObject(item) && Array.isArray(item.spans) ? canonicalTrace(item) : item)),
      ),
      errors: Array.isArray(body.errors) ? sorted(body.errors) : body.errors,
    };
  } else if (isObject(body.result) && Array.isArray(body.result.resourceSpans)) {
    body = { result: canonicalOtlp(body.result.resourceSpans as JsonObject[]) };
  } else if (Array.isArray(body.services)) body = { ...body, services: sorted(body.services) };
  else if (Array.isArray(body.operations)) body = { ...body, operations: sorted(body.operations) };
  else if (isObject(body.operationSampling) && Array.isArray(body.operationSampling.perOperationStrategies)) {
    const { perOperationStrategies, ...rest } = body.operationSampling;
    body = {
      ...body,
      operationSampling: { ...rest, perOperationStrategies: sorted(perOperationStrategies as Json[]) },
    };
  }
  if (typeof body.upSince === "string") body = { ...body, upSince: "<ts>", uptime: "<uptime>" };
  return sortedKeys(body);
}

function canonicalTrace(trace: JsonObject): JsonObject {
  const processes: JsonObject = {};
  for (const [name, process] of Object.entries((trace.processes ?? {}) as JsonObject))
    processes[name] = sortList(process as JsonObject, "tags");
  const spans = (trace.spans as JsonObject[]).map((span) => {
    const { processID, ...rest } = span;
    const logs = rest.logs;
    return {
      ...sortList(sortList(rest, "tags"), "warnings"),
      logs: Array.isArray(logs) ? logs.map((log) => sortList(log as JsonObject, "fields")) : logs,
      process: processes[String(processID)] ?? { missing: processID },
    };
  });
  return { ...trace, spans: sorted(spans), processes: sorted(Object.values(processes)) };
}

/** Resource and scope repeated at each span, so that grouping does not matter. */
function canonicalOtlp(resourceSpans: readonly JsonObject[]): Json {
  const flat: Json[] = [];
  for (const group of resourceSpans)
    for (const scoped of (group.scopeSpans ?? group.scope_spans ?? []) as JsonObject[]) {
      const head = { resource: sortAttributes(group.resource), scope: sortAttributes(scoped.scope) };
      const spans = (scoped.spans ?? []) as JsonObject[];
      if (spans.length === 0) flat.push({ ...head, url: [group.schemaUrl, scoped.schemaUrl] });
      for (const span of spans) flat.push({ ...head, span: sortAttributes(span) });
    }
  return sorted(flat);
}

function sortAttributes(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortAttributes);
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const name of Object.keys(value).sort()) copy[name] = sortAttributes(value[name]);
  return sortList(copy, "attributes");
}

function canonicalMessages(messages: readonly JsonObject[], type: string | undefined): Json {
  if (type === "TracesData")
    return sorted(messages.map((message) => canonicalOtlp((message.resource_spans ?? []) as JsonObject[])));
  if (type === "Chunk") {
    const sizes: Record<string, Json[]> = {};
    for (const { spans } of messages as readonly { spans?: JsonObject[] }[]) {
      const id = String(spans?.[0]?.trace_id);
      sizes[id] ??= [];
      sizes[id].push(spans?.length ?? 0);
    }
    const spans = messages.flatMap((message) => (message.spans ?? []) as JsonObject[]);
    return {
      sizes: sortedKeys(sizes),
      spans: sorted(
        spans.map((span) => {
          const process = span.process;
          return sortedKeys({
            ...sortList(span, "tags"),
            process: isObject(process) ? sortList(process, "tags") : process,
          });
        }),
      ),
    };
  }
  return messages.map((message) => {
    const copy: JsonObject = {};
    for (const [name, value] of Object.entries(message)) copy[name] = Array.isArray(value) ? sorted(value) : value;
    const sampling = copy.operationSampling;
    if (isObject(sampling)) copy.operationSampling = sortList(sampling, "perOperationStrategies");
    return sortedKeys(copy);
  });
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function sortList(owner: JsonObject, name: string): JsonObject {
  const list = owner[name];
  return Array.isArray(list) ? { ...owner, [name]: sorted(list) } : owner;
}

/** Sorted by the JSON of the items, the keys of each in their own order. */
function sorted(list: readonly Json[]): Json[] {
  return list
    .map((item) => ({ item, key: JSON.stringify(sortedKeys(item)) ?? "" }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ item }) => item);
}

function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (isObject(value)) {
    const copy: JsonObject = {};
    for (const name of Object.keys(value).sort()) copy[name] = sortedKeys(value[name]);
    return copy;
  }
  return typeof value === "string" ? value.replace(/0x[0-9a-f]{9,}/g, "0x<ptr>") : value;
}
