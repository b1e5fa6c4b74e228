import { goJsonString } from "@spoor/go-text";
import type { QueryValues } from "../go/query-values.ts";
import { envelope, type ReplyError } from "../json/envelope.ts";

/** A reply before it is sent. A body in pieces is streamed; an error while reading them breaks the connection. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | AsyncIterable<string | Buffer>;
}

const PLAIN_TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json";

/** A successful reply of the v1 JSON API. */
export function jsonReply(
  body: string | AsyncIterable<string | Buffer>,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return { status: 200, headers: { "content-type": JSON_TYPE, ...headers }, body };
}

/** v1's `prettyPrint`: any value but nothing and `false`. */
export function wantsIndentation(query: QueryValues): boolean {
  const value = query.first("prettyPrint");
  return value !== "" && value !== "false";
}

/**
 * A reply of the v3 API. v1 sends it as text/plain; a client that asks for JSON by name gets the type that is true.
 */
export function v3Reply(
  body: string | AsyncIterable<string | Buffer>,
  acceptsJson: boolean,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return { status: 200, headers: { "content-type": acceptsJson ? JSON_TYPE : PLAIN_TEXT, ...headers }, body };
}

/** An error of the v1 JSON API: the envelope, sent the way Go's `http.Error` sends text. */
export function errorReply(
  status: number,
  message: string,
  acceptsJson: boolean,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  const error: ReplyError = { code: status, message };
  return errorText(status, envelope("null", 0, [error]), acceptsJson, headers);
}

/** An error of the v3 API (`GRPCGatewayError`). */
export function v3ErrorReply(
  status: number,
  message: string,
  acceptsJson: boolean,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  const body = `{"error":{"httpCode":${status},"message":${goJsonString(message)}}}`;
  return errorText(status, body, acceptsJson, headers);
}

function errorText(
  status: number,
  json: string,
  acceptsJson: boolean,
  headers: Readonly<Record<string, string>>,
): HttpReply {
  const type = acceptsJson ? JSON_TYPE : PLAIN_TEXT;
  return {
    status,
    headers: { "content-type": type, "x-content-type-options": "nosniff", ...headers },
    body: `${json}\n`,
  };
}

/** Plain text as v1's tenancy check answers. */
export function textReply(status: number, text: string): HttpReply {
  return { status, headers: { "content-type": PLAIN_TEXT }, body: text };
}
