import { formatGoDuration, parseGoDuration } from "@spoor/go-text";
import type { FlagDefinition } from "./flag-definition.ts";

export type FlagValue = string | boolean | number | readonly string[];

const NS_A_MS = 1_000_000;
const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False"]);
const INTEGER = /^[+-]?(?:0x[0-9a-f]+|0b[01]+|0o[0-7]+|\d+)$/i;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** The reason why `text` is no value of this flag, in the words of Go's flag package; `undefined` when it is one. */
export function whyInvalid(flag: FlagDefinition, text: string): string | undefined {
  if (flag.type === "int" || flag.type === "uint") {
    if (!INTEGER.test(text) || (flag.type === "uint" && text.startsWith("-"))) return "parse error";
    return Number.isSafeInteger(integerOf(text)) ? undefined : "value out of range";
  }
  return parseFlagValue(flag, [text]) === undefined ? "parse error" : undefined;
}

/** The value of a flag given as text (several for `strings`, else the last counts); `undefined` when it is none. */
export function parseFlagValue(flag: FlagDefinition, texts: readonly string[]): FlagValue | undefined {
  if (flag.type === "strings") return texts;
  const text = texts.at(-1) ?? "";
  switch (flag.type) {
    case "string":
      return text;
    case "bool":
      return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
    case "duration":
      return durationMs(text);
    case "float":
      return FLOAT.test(text) ? Number(text) : undefined;
    default: {
      if (!INTEGER.test(text) || (flag.type === "uint" && text.startsWith("-"))) return undefined;
      const value = integerOf(text);
      return Number.isSafeInteger(value) ? value : undefined;
    }
  }
}

/** What people write for a unit, and what Go reads. */
const UNIT_WORDS: readonly (readonly [RegExp, factor: number, unit: string])[] = [
  [/^$/, 1, "s"],
  [/^(s|secs?|seconds?)$/, 1, "s"],
  [/^(m|mins?|minutes?)$/, 1, "m"],
  [/^(h|hrs?|hours?)$/, 1, "h"],
  [/^(d|days?)$/, 24, "h"],
  [/^(w|weeks?)$/, 7 * 24, "h"],
];

/** What to say to somebody whose text is no value of this flag; `undefined` when there is nothing to add. */
export function valueHint(flag: FlagDefinition, text: string): string | undefined {
  if (flag.type !== "duration") return undefined;
  const [, amount = "", word = ""] = /^\s*(\d{1,6})\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const known = amount === "" ? undefined : UNIT_WORDS.find(([pattern]) => pattern.test(word.toLowerCase()));
  const example = known === undefined ? "1h30m" : `${Number(amount) * known[1]}${known[2]}`;
  return `Durations have the units h, m, s, ms, us and ns: write ${example}.`;
}

function durationMs(text: string): number | undefined {
  const ns = parseGoDuration(text);
  return ns === undefined ? undefined : Number(ns) / NS_A_MS;
}

/** A value as v1 prints it. */
export function formatFlagValue(flag: FlagDefinition, value: FlagValue): string {
  if (flag.type === "duration") return formatGoDuration(BigInt(Math.round((value as number) * NS_A_MS)));
  if (flag.type === "float") return goFloat(value as number);
  if (flag.type === "strings") return `[${(value as readonly string[]).join(",")}]`;
  return String(value);
}

function integerOf(text: string): number {
  const digits = text.replace(/^[+-]/, "");
  return text.startsWith("-") ? -Number(digits) : Number(digits);
}

/** Go's `%v` of a float64: an exponent of two digits below 1e-4 and from 1e21 on. */
function goFloat(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e21)) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/** A flag's default, as help and documentation show it. */
export function flagDefaultText(flag: FlagDefinition): string {
  return formatFlagValue(flag, flag.default);
}
