import { goJsonString } from "@spoor/go-text";
import type { KeyValue } from "@spoor/span-model";
import { jsonFloat64, jsonInt64 } from "./number.ts";

const MAX_CACHED_HEADS = 2048;

/**
 * Writes tags and log fields. Few keys make up most tags, so the text before a value is remembered per key and type;
 * one writer serves one reply and holds a bounded number of them.
 */
export class KeyValueWriter {
  readonly #heads = new Map<string, Map<string, string>>();
  #cached = 0;

  /** A JSON array of `{key, type, value}`. */
  list(items: readonly KeyValue[]): string {
    if (items.length === 0) return "[]";
    let text = "[";
    for (let i = 0; i < items.length; i++) {
      const item = items[i] as KeyValue;
      const type = item.type === "unknown" ? String(item.code) : item.type;
      text += `${i === 0 ? "" : ","}${this.#head(item.key, type)}${value(item)}}`;
    }
    return `${text}]`;
  }

  #head(key: string, type: string): string {
    let ofType = this.#heads.get(type);
    if (ofType === undefined) {
      ofType = new Map();
      this.#heads.set(type, ofType);
    }
    const known = ofType.get(key);
    if (known !== undefined) return known;
    const head = `{"key":${goJsonString(key)},"type":"${type}","value":`;
    if (this.#cached < MAX_CACHED_HEADS) {
      this.#cached++;
      ofType.set(key, head);
    }
    return head;
  }
}

function value(item: KeyValue): string {
  switch (item.type) {
    case "string":
      return goJsonString(item.value);
    case "bool":
      return item.value ? "true" : "false";
    case "int64":
      return jsonInt64(item.value);
    case "float64":
      return jsonFloat64(item.value);
    case "binary":
      return item.value.length === 0
        ? "null"
        : `"${Buffer.from(item.value.buffer, item.value.byteOffset, item.value.byteLength).toString("base64")}"`;
    case "unknown":
      return "null";
  }
}
