import { StorageError } from "@spoor/storage-api";
import type { ClusterResponse } from "./cluster/cluster.ts";

/** What the server says is wrong, in one line. */
export function reasonOf(body: unknown): string {
  if (typeof body === "string") return body.slice(0, 500);
  const error = (body as { readonly error?: unknown } | null)?.error;
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null) return JSON.stringify(body)?.slice(0, 500) ?? "no reason given";
  return errorText(error as ServerError);
}

export interface ServerError {
  readonly type?: string;
  readonly reason?: string;
  readonly caused_by?: ServerError;
  readonly root_cause?: readonly ServerError[];
}

/** Type and reason of an error and of its first cause, without values longer than a line. */
export function errorText(error: ServerError): string {
  const cause = error.caused_by ?? error.root_cause?.find((each) => each.reason !== error.reason);
  const own = `${error.type ?? "error"}: ${error.reason ?? "no reason given"}`;
  const text =
    typeof cause?.reason !== "string" || cause.reason === "null" || own.includes(cause.reason)
      ? own
      : `${own} (${cause.reason})`;
  return text.length > 600 ? `${text.slice(0, 600)}...` : text;
}

/** The error of an answer that is no success. `doing` completes "cannot ...". */
export function failure(response: ClusterResponse, doing: string, flagPrefix: string = "es"): StorageError {
  const { status, body } = response;
  const reason = reasonOf(body);
  if (status === 401) {
    return new StorageError(
      "UNAVAILABLE",
      `cannot ${doing}: the server refuses the credentials (401): check --${flagPrefix}.username and --${flagPrefix}.password, ` +
        `or the files of --${flagPrefix}.password-file, --${flagPrefix}.token-file or --${flagPrefix}.api-key-file; ${reason}`,
    );
  }
  if (status === 403) return new StorageError("UNAVAILABLE", `cannot ${doing}: not allowed (403): ${reason}`);
  if (status === 429) {
    return new StorageError("OVERLOADED", `cannot ${doing}: the server is overloaded (429): ${reason}`, {
      retryAfterMs: 1000,
    });
  }
  if (status === 400 || status === 413) {
    return new StorageError("REJECTED", `cannot ${doing}: the server refuses it (${status}): ${reason}`);
  }
  return new StorageError("UNAVAILABLE", `cannot ${doing}: the server answers ${status}: ${reason}`);
}

/** The error of a search. One that the server cannot carry out at all meets indices that nobody prepared for it. */
export function searchFailure(response: ClusterResponse): StorageError {
  const { status, body } = response;
  const reason = reasonOf(body);
  if (status === 503) {
    return new StorageError(
      "UNAVAILABLE",
      `cannot search: no copy of some shards is there (503, see /_cluster/health and /_cat/shards of the server): ${reason}`,
    );
  }
  if (status !== 400) return failure(response, "search");
  const hint = /text field|fielddata|collapse|failed to find nested|no mapping found/i.test(reason)
    ? "; an index was created without its template, which must be there first (--es.create-index-templates)"
    : "";
  return new StorageError("CORRUPT", `cannot search: ${reason}${hint}`);
}

export function closed(): StorageError {
  return new StorageError("CLOSED", "the store is closed");
}
