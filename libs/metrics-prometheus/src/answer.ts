import type { Metric, MetricPoint, StorageErrorCode } from "@spoor/storage-api";
import { queryFailure } from "./errors.ts";
import type { HttpAnswer } from "./http-client.ts";
import { OPERATION_LABEL } from "./promql.ts";

export interface Matrix {
  readonly metrics: readonly Metric[];
  readonly warnings: readonly string[];
}

/** Of `errorType` in answers of Prometheus; what is not listed is a fault of the server. */
const CODES: ReadonlyMap<string, StorageErrorCode> = new Map([
  ["bad_data", "INVALID_QUERY"],
  // Such as a query that would load too many samples.
  ["execution", "INVALID_QUERY"],
  ["timeout", "UNAVAILABLE"],
  ["canceled", "UNAVAILABLE"],
  ["unavailable", "UNAVAILABLE"],
]);
/** Statuses whose bodies say what is wrong. */
const EXPLAINED: ReadonlySet<number> = new Set([400, 422]);
/** What `Date` can show as a year of four digits. */
const MIN_TIME_MS = -62_135_596_800_000;
const MAX_TIME_MS = 253_402_300_799_999;

/** Reads the answer to a range query; everything in it is checked, since anybody may stand behind a URL. */
export function readMatrix(answer: HttpAnswer, server: string): Matrix {
  const { status } = answer;
  const isSuccess = status >= 200 && status < 300;
  if (!isSuccess && !EXPLAINED.has(status)) throw refused(answer, server);
  const parsed = parseJson(answer.body.toString("utf8"));
  // Such as a TLS server's that is asked without TLS.
  if (!isSuccess && !isRecord(parsed)) throw refused(answer, server);
  const body = record(parsed, "the answer");
  if (body.status === "error") {
    const type = textOr(body.errorType, "unknown");
    throw queryFailure(CODES.get(type) ?? "UNAVAILABLE", type, textOr(body.error, "no reason given"));
  }
  if (!isSuccess || body.status !== "success") throw malformed("inconsistent body for response code");
  const data = record(body.data, "data");
  if (data.resultType !== "matrix") {
    throw queryFailure("CORRUPT", "bad_response", `unexpected metrics ValueType: ${textOr(data.resultType, "none")}`);
  }
  return { metrics: list(data.result, "result").map(readSeries), warnings: readWarnings(body.warnings) };
}

function refused({ status, body, location }: HttpAnswer, server: string): Error {
  const text = body.toString("utf8", 0, 300).replace(/\s+/g, " ").trim();
  const detail = text === "" ? "" : `: ${text}`;
  if (status === 401 || status === 403) {
    return queryFailure(
      "REJECTED",
      "client_error",
      `client error: ${status}: ${server} refuses the credentials: check --prometheus.token-file, or the token of the request${detail}`,
    );
  }
  if (status === 429) {
    return queryFailure("OVERLOADED", "client_error", `client error: 429${detail}`, { retryAfterMs: 1000 });
  }
  if (status >= 400 && status < 500) {
    return queryFailure(
      "REJECTED",
      "client_error",
      `client error: ${status} of ${server}: check --prometheus.server-url${detail}`,
    );
  }
  if (status >= 500 && status < 600) {
    return queryFailure("UNAVAILABLE", "server_error", `server error: ${status} of ${server}${detail}`);
  }
  const moved = location === undefined ? "" : ` (moved to ${location.slice(0, 300)})`;
  return queryFailure(
    "REJECTED",
    "bad_response",
    `bad response code ${status} of ${server}${moved}: check --prometheus.server-url`,
  );
}

function readSeries(given: unknown): Metric {
  const series = record(given, "a series");
  const labels = Object.entries(record(series.metric, "the labels of a series")).map(([name, value]) => {
    if (typeof value !== "string") throw malformed("a label is no text");
    return { name: name === OPERATION_LABEL ? "operation" : name, value };
  });
  // A series of native histograms has no values.
  const points = series.values === undefined ? [] : list(series.values, "the values of a series").map(readPoint);
  return { labels, points };
}

function readPoint(given: unknown): MetricPoint {
  if (!Array.isArray(given) || given.length !== 2) throw malformed("a value is no pair");
  const [seconds, text] = given as unknown as readonly [unknown, unknown];
  if (typeof seconds !== "number" || typeof text !== "string") throw malformed("a value is no pair of time and text");
  const timestampMs = Math.round(seconds * 1000);
  if (!(timestampMs >= MIN_TIME_MS && timestampMs <= MAX_TIME_MS)) throw malformed("a time is out of range");
  return { timestampMs, value: readValue(text) };
}

function readValue(text: string): number {
  if (text === "NaN") return Number.NaN;
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) throw malformed("a value is no number");
  return value;
}

function readWarnings(given: unknown): readonly string[] {
  return Array.isArray(given) ? given.filter((each) => typeof each === "string") : [];
}

/** `undefined` for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw malformed(`${what} is no JSON object`);
  return value;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(`${what} is no list`);
  return value;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function malformed(text: string): Error {
  return queryFailure("CORRUPT", "bad_response", text);
}
