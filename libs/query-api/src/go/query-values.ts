/** Query parameters by name, each with its values in order (Go's `url.Values`). */
export class QueryValues {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** The first value, or "" (Go's `FormValue`). */
  first(name: string): string {
    return this.#values.get(name)?.[0] ?? "";
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }
}

/**
 * A raw query string read as Go's `url.ParseQuery` does when its error is ignored: pairs with a semicolon or a
 * broken escape are dropped, the others stay.
 */
export function parseQuery(query: string): QueryValues {
  const values = new Map<string, string[]>();
  for (const pair of query.split("&")) {
    if (pair === "" || pair.includes(";")) continue;
    const cut = pair.indexOf("=");
    const name = unescapeQuery(cut < 0 ? pair : pair.slice(0, cut));
    const value = unescapeQuery(cut < 0 ? "" : pair.slice(cut + 1));
    if (name === undefined || value === undefined) continue;
    const list = values.get(name);
    if (list) list.push(value);
    else values.set(name, [value]);
  }
  return new QueryValues(values);
}

/** Go's `url.QueryUnescape`; `undefined` when an escape is broken. Bytes that are no UTF-8 become U+FFFD. */
export function unescapeQuery(text: string): string | undefined {
  if (!/[%+\u0080-\uffff]/.test(text)) return text;
  if (hasBrokenEscape(text)) return undefined;
  const bytes = text
    .replaceAll("+", " ")
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** True when a percent sign is not followed by two hexadecimal digits. */
export function hasBrokenEscape(text: string): boolean {
  return /%(?![0-9a-fA-F]{2})/.test(text);
}
