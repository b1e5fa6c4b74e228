/**
 * Parses tags written as logfmt (`http.status_code=200 error=true db="select 1"`) into key and value.
 * A key without `=` means `key=true`, as v1's form reads it. Returns the error's text when a quote does not end.
 */
export function parseLogfmt(text: string): {
  readonly tags: Readonly<Record<string, string>>;
  readonly error?: string;
} {
  const tags: [string, string][] = [];
  let i = 0;
  while (i < text.length) {
    if (isSpace(text, i)) {
      i++;
      continue;
    }
    const keyStart = i;
    while (i < text.length && !isSpace(text, i) && text[i] !== "=") i++;
    const key = text.slice(keyStart, i);
    if (text[i] !== "=") {
      tags.push([unquoteKey(key), "true"]);
      continue;
    }
    i++;
    if (key === "") return { tags: {}, error: `a tag needs a name before "=" (at character ${keyStart + 1})` };
    if (text[i] === '"') {
      const end = quotedEnd(text, i);
      if (end === -1) return { tags: {}, error: `the quote at character ${i + 1} does not end` };
      tags.push([key, unquoted(text.slice(i + 1, end))]);
      i = end + 1;
      continue;
    }
    const valueStart = i;
    while (i < text.length && !isSpace(text, i)) i++;
    tags.push([key, text.slice(valueStart, i)]);
  }
  return { tags: Object.fromEntries(tags) };
}

const isSpace = (text: string, i: number): boolean => /\s/.test(text[i] ?? "");
const unquoteKey = (key: string): string => key.replace(/^"(.*)"$/, "$1");
const unquoted = (text: string): string =>
  text.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c === "t" ? "\t" : c));

function quotedEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i;
  }
  return -1;
}

/** The inverse: tags as one line of logfmt, quoted where needed. */
export function formatLogfmt(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${/[\s"=\\]/.test(value) || value === "" ? quote(value) : value}`)
    .join(" ");
}

const quote = (value: string): string =>
  `"${value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\t/g, "\\t")}"`;
