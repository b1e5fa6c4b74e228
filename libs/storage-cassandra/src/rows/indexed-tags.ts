import { VALUE_TYPE } from "@spoor/span-model";
import { decodeUtf8, type KeyValuePlaces } from "@spoor/span-wire";
import type { TagIndexOptions } from "../options.ts";
import type { CqlWriter } from "./cql-writer.ts";

/** v1 leaves out keys and values of this many bytes or more. */
const MAX_BYTES = 255;
const LENGTH_BYTES = 4;
const OPENING_BRACE = 0x7b;
const REPLACEMENT = "\ufffd";

/** Decides which tags have rows in `tag_index`, by v1's rules and the operator's. */
export class TagIndex {
  /** Which kinds of tags have rows. */
  readonly tags: boolean;
  readonly processTags: boolean;
  readonly logs: boolean;
  readonly #blacklist: ReadonlySet<string>;
  readonly #whitelist: ReadonlySet<string>;
  readonly #hasLists: boolean;

  constructor(options: TagIndexOptions = {}) {
    this.tags = options.tags ?? true;
    this.processTags = options.processTags ?? true;
    this.logs = options.logs ?? true;
    this.#blacklist = new Set(options.blacklist);
    this.#whitelist = new Set(options.whitelist);
    this.#hasLists = this.#blacklist.size + this.#whitelist.size > 0;
  }

  /**
   * Writes key and value text, two values of a row, when the tag is indexed; otherwise nothing lasting. Unlike v1, binary values are
   * indexed (as hex), so that a value that looks like hex is found whatever its type.
   */
  write(out: CqlWriter, tag: KeyValuePlaces): "written" | "filtered" | "skipped" {
    if (this.#hasLists && !this.hasKey(tag.key())) return "filtered";
    if (tag.keyEnd - tag.keyStart > MAX_BYTES || !hasIndexableValue(tag)) return "skipped";
    const key = out.position;
    out.utf8(tag.buffer, tag.keyStart, tag.keyEnd);
    const value = out.position;
    if (tag.type === VALUE_TYPE.string) out.utf8(tag.buffer, tag.valueStart, tag.valueEnd);
    else out.text(tag.valueText());
    // Invalid bytes grow.
    const isShort = value - key - LENGTH_BYTES <= MAX_BYTES && out.position - value - LENGTH_BYTES <= MAX_BYTES;
    return isShort ? "written" : "skipped";
  }

  /** Whether a search can look this tag up. Where some kinds of tags are not indexed, the others are. */
  canFind(key: string, value: string): boolean {
    const hasAny = this.tags || this.processTags || this.logs;
    return hasAny && this.hasKey(key) && isIndexable(key, value) && !key.includes(REPLACEMENT);
  }

  hasKey(key: string): boolean {
    if (this.#whitelist.size > 0) return this.#whitelist.has(key);
    return !this.#blacklist.has(key);
  }
}

function hasIndexableValue({ type, buffer, valueStart, valueEnd }: KeyValuePlaces): boolean {
  const length = valueEnd - valueStart;
  switch (type) {
    case VALUE_TYPE.string:
      if (length > MAX_BYTES) return false;
      return buffer[valueStart] !== OPENING_BRACE || length === 0 || !isJson(decodeUtf8(buffer, valueStart, valueEnd));
    case VALUE_TYPE.binary:
      return length * 2 <= MAX_BYTES;
    default:
      return type >= VALUE_TYPE.string && type <= VALUE_TYPE.binary;
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
