/** `12,345` with thin grouping that does not depend on the browser's language. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `1 span`, `2 spans`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : many}`;
}

/** `812 B`, `1.4 MB`: decimal units, as browsers show transfers. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The address when it may become a link: absolute http, https or mailto without control characters; else undefined. */
export function safeLink(text: string): string | undefined {
  if (!/^(https?:\/\/|mailto:)[^\s]+$/i.test(text) || text.length > 4096) return undefined;
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" || url.protocol === "mailto:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Indented JSON when the text is a JSON object or array of bounded size, else undefined. */
export function prettyJson(text: string): string | undefined {
  if (text.length > 200_000 || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}
