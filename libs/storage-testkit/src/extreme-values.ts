import type { KeyValue } from "@spoor/span-model";

const LONG = "0123456789abcdef".repeat(150);

/** Keys that parsers, index builders and query languages trip over. */
export const EXTREME_KEYS: readonly string[] = [
  "",
  " ",
  "a.b.c",
  "a:b=c",
  'quote"and\\backslash',
  "new\nline",
  "nul\u0000byte",
  "__proto__",
  "constructor",
  "ключ",
  "🦓",
  "k".repeat(300),
];

const STRINGS: readonly string[] = [
  "",
  " ",
  "true",
  "1",
  "ü",
  "日本語",
  "🦓🦓",
  "a\u0000b",
  'say "hi" \\ \n\t',
  "<script>alert(1)</script>",
  "* & ~ # @ .*(){}[]",
  LONG,
];
const INTEGERS: readonly bigint[] = [
  0n,
  1n,
  -1n,
  127n,
  128n,
  2n ** 31n,
  -(2n ** 31n) - 1n,
  2n ** 53n - 1n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const FLOATS: readonly number[] = [
  0,
  0.1,
  1 / 3,
  1.5,
  -2.25,
  1e9,
  1e10,
  123456789012,
  1e21,
  1e-7,
  Number.MAX_VALUE,
  5e-324,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const BINARIES: readonly Uint8Array[] = [
  new Uint8Array(0),
  Uint8Array.of(0),
  Uint8Array.of(0xde, 0xad, 0xbe, 0xef),
  Uint8Array.from({ length: 300 }, (_, i) => i & 255),
];

/** One tag for every value at the edge of its type; keys are `string.0`, `int64.3` and so on. */
export const EXTREME_TAGS: readonly KeyValue[] = [
  ...STRINGS.map((value, i): KeyValue => ({ key: `string.${i}`, type: "string", value })),
  { key: "bool.0", type: "bool", value: false },
  { key: "bool.1", type: "bool", value: true },
  ...INTEGERS.map((value, i): KeyValue => ({ key: `int64.${i}`, type: "int64", value })),
  ...FLOATS.map((value, i): KeyValue => ({ key: `float64.${i}`, type: "float64", value })),
  ...BINARIES.map((value, i): KeyValue => ({ key: `binary.${i}`, type: "binary", value })),
];
