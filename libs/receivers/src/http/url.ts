/** A request target cut into path and `?query` ("" without one). */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const at = url.indexOf("?");
  return at < 0 ? { path: url, query: "" } : { path: url.slice(0, at), query: url.slice(at) };
}

/** Go's `path.Clean` for a request path; a slash at the end stays. */
export function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") kept.pop();
    else kept.push(part);
  }
  const clean = `/${kept.join("/")}`;
  return path.endsWith("/") && clean !== "/" ? `${clean}/` : clean;
}

/**
 * Every value of a query parameter as Go's `url.ParseQuery` gives them: pairs with a `;` or a bad escape are left out.
 * `query` is what {@link splitUrl} gives.
 */
export function queryValues(query: string, name: string): string[] {
  const values: string[] = [];
  for (const pair of query.slice(1).split("&")) {
    if (pair === "" || pair.includes(";")) continue;
    const at = pair.indexOf("=");
    const key = unescapeQuery(at < 0 ? pair : pair.slice(0, at));
    const value = unescapeQuery(at < 0 ? "" : pair.slice(at + 1));
    if (key === name && value !== undefined) values.push(value);
  }
  return values;
}

function unescapeQuery(text: string): string | undefined {
  if (!text.includes("%")) return text.replaceAll("+", " ");
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const bytes = text
    .replaceAll("+", " ")
    .replace(/%([0-9a-fA-F]{2})|[^%]+/g, (part, hex?: string) =>
      hex === undefined ? Buffer.from(part).toString("latin1") : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
