import type { KeyValue } from "@spoor/span-model";

/** Values of attributes that come from tags, and the list of texts that warnings are. */
export type AttributeValue =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "int64"; readonly value: bigint }
  | { readonly type: "float64"; readonly value: number }
  | { readonly type: "binary"; readonly value: Uint8Array }
  | { readonly type: "strings"; readonly value: readonly string[] };

export interface OtlpAttribute {
  readonly key: string;
  readonly value: AttributeValue;
}

/** Attributes by key, in the order of their first appearance; of equal keys the last value counts, as in OpenTelemetry's maps. */
export class Attributes {
  readonly #values = new Map<string, AttributeValue>();

  get(key: string): AttributeValue | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: AttributeValue): void {
    this.#values.set(key, value);
  }

  setAll(tags: readonly KeyValue[]): void {
    for (const tag of tags) this.#values.set(tag.key, toValue(tag));
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  /** Removes the attribute; gives its text ("" for another type), or `undefined` when there is none. */
  takeText(key: string): string | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    return value.type === "string" ? value.value : "";
  }

  list(): readonly OtlpAttribute[] {
    return Array.from(this.#values, ([key, value]) => ({ key, value }));
  }
}

function toValue(tag: KeyValue): AttributeValue {
  if (tag.type === "unknown") return { type: "string", value: `<Unknown Jaeger TagType "${tag.code}">` };
  return tag;
}
