import type { KeyValue, Span } from "@spoor/span-model";
import { valueText } from "@spoor/span-wire";
import type { TagIndexOptions } from "../options.ts";

/** v1 leaves out keys and values of this many bytes or more. */
const MAX_BYTES = 255;
const REPLACEMENT = "\ufffd";

/** Decides which tags have rows in `tag_index`, by v1's rules and the operator's. */
export class TagIndex {
  readonly #tags: boolean;
  readonly #processTags: boolean;
  readonly #logs: boolean;
  readonly #blacklist: ReadonlySet<string>;
  readonly #whitelist: ReadonlySet<string>;

  constructor(options: TagIndexOptions = {}) {
    this.#tags = options.tags ?? true;
    this.#processTags = options.processTags ?? true;
    this.#logs = options.logs ?? true;
    this.#blacklist = new Set(options.blacklist);
    this.#whitelist = new Set(options.whitelist);
  }

  /**
   * Keys and value texts of a span that are indexed, each pair once. `skipped` is called for each that v1's rules leave out. Unlike v1, binary
   * values are indexed (as hex), so that a value that looks like hex is found whatever its type.
   */
  pairs(span: Span, skipped: () => void): ReadonlyMap<string, ReadonlySet<string>> {
    const pairs = new Map<string, Set<string>>();
    const add = (tag: KeyValue) => {
      if (!this.hasKey(tag.key)) return;
      const value = tag.type === "binary" && tag.value.length * 2 > MAX_BYTES ? undefined : valueText(tag);
      if (value === undefined || tag.type === "unknown" || !isIndexable(tag.key, value)) {
        skipped();
        return;
      }
      const values = pairs.get(tag.key);
      if (values === undefined) pairs.set(tag.key, new Set([value]));
      else values.add(value);
    };
    if (this.#processTags) span.process.tags.forEach(add);
    if (this.#tags) span.tags.forEach(add);
    if (this.#logs) for (const log of span.logs) log.fields.forEach(add);
    return pairs;
  }

  /** Whether a search can look this tag up. Where some kinds of tags are not indexed, the others are. */
  canFind(key: string, value: string): boolean {
    const hasAny = this.#tags || this.#processTags || this.#logs;
    return hasAny && this.hasKey(key) && isIndexable(key, value) && !key.includes(REPLACEMENT);
  }

  hasKey(key: string): boolean {
    if (this.#whitelist.size > 0) return this.#whitelist.has(key);
    return !this.#blacklist.has(key);
  }
}

function isIndexable(key: string, value: string): boolean {
  if (!isShort(key) || !isShort(value)) return false;
  return !(value.startsWith("{") && isJson(value));
}

function isShort(text: string): boolean {
  return text.length * 3 <= MAX_BYTES || Buffer.byteLength(text) <= MAX_BYTES;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
