/**
 * A typed attribute of a span, process or log (`jaeger.api_v2.KeyValue`).
 * `unknown` carries a value type number that v1 does not define; it has no value.
 */
export type KeyValue =
  | { readonly key: string; readonly type: "string"; readonly value: string }
  | { readonly key: string; readonly type: "bool"; readonly value: boolean }
  | { readonly key: string; readonly type: "int64"; readonly value: bigint }
  | { readonly key: string; readonly type: "float64"; readonly value: number }
  | { readonly key: string; readonly type: "binary"; readonly value: Uint8Array }
  | { readonly key: string; readonly type: "unknown"; readonly code: number };

/** Wire numbers of `jaeger.api_v2.ValueType`. */
export const VALUE_TYPE = { string: 0, bool: 1, int64: 2, float64: 3, binary: 4 } as const;
