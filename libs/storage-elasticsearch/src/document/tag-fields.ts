import type { KeyValue } from "@spoor/span-model";
import type { TagsAsFields } from "../options.ts";

/** A tag that v1 itself adds to every span; its key holds v1's default replacement of dots. */
export const FORMAT_KEY = "@jaeger@format";

/** Which tags become fields, and under what names. */
export class TagFields {
  readonly #all: boolean;
  readonly #include: ReadonlySet<string>;
  readonly #replacement: string;

  constructor(options: TagsAsFields) {
    this.#all = options.all;
    this.#include = new Set(options.include);
    this.#replacement = options.dotReplacement;
  }

  get isUsed(): boolean {
    return this.#all || this.#include.size > 0;
  }

  /** The name of a key's field. */
  fieldOf(key: string): string {
    return key.replaceAll(".", this.#replacement);
  }

  /** The key of a field's name. */
  keyOf(field: string): string {
    if (field === FORMAT_KEY || this.#replacement === "") return field;
    return field.replaceAll(this.#replacement, ".");
  }

  /**
   * Whether the tag becomes a field. Not those that could not be read back or that the server refuses as a field: binary values,
   * numbers that JSON has not, keys that hold the replacement of dots, keys that are blank.
   */
  takes(tag: KeyValue): boolean {
    if (!this.#all && !this.#include.has(tag.key)) return false;
    if (tag.type === "binary" || tag.type === "unknown") return false;
    if (tag.type === "float64" && !Number.isFinite(tag.value)) return false;
    if (tag.key.trim() === "") return false;
    return tag.key === FORMAT_KEY || this.#replacement === "" || this.keyOf(this.fieldOf(tag.key)) === tag.key;
  }
}
