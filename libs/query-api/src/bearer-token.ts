import type { IncomingHttpHeaders } from "node:http";

/**
 * The token of a request that may be passed on to the store, by v1's rules (`--query.bearer-token-propagation`): `Bearer X` is X, a
 * single word is itself, another scheme or more words are none. Without `Authorization` (a proxy has taken it), `X-Forwarded-Access-Token`
 * is read in the same way; over gRPC the metadata `authorization` or `bearer.token`.
 */
export function bearerTokenOf(headers: IncomingHttpHeaders): string | undefined {
  const text =
    headers.authorization ?? first(headers["bearer.token"]) ?? first(headers["x-forwarded-access-token"]) ?? "";
  const words = text.trim().split(/ +/);
  const [scheme = "", token] = words;
  if (words.length === 2 && scheme.toLowerCase() === "bearer") return token;
  return words.length === 1 && scheme !== "" ? scheme : undefined;
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}
