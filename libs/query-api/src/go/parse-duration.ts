import { goQuoteTime } from "@spoor/go-text";
import { invalidParameter, type QueryApiError } from "../errors.ts";

const UNIT_NS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n], // U+00B5, micro sign
  ["μs", 1_000n], // U+03BC, Greek mu
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);
const LIMIT = 1n << 63n;

/** Go's `time.ParseDuration`: such as `1.5s`, `2h45m`, `-5ms`. In nanoseconds; errors carry Go's text. */
export function parseDuration(text: string): bigint {
  const sign = /^[+-]/.test(text) ? text[0] : "";
  let rest = text.slice(sign === "" ? 0 : 1);
  if (rest === "0") return 0n;
  if (rest === "") throw invalid(text);
  let total = 0n;
  while (rest !== "") {
    const number = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest);
    const whole = number?.[1] ?? "";
    const fraction = number?.[2] ?? "";
    if (whole === "" && fraction === "") throw invalid(text);
    rest = rest.slice(number?.[0].length ?? 0);
    const name = /^[^.0-9]*/.exec(rest)?.[0] ?? "";
    if (name === "") throw invalidParameter(`time: missing unit in duration ${goQuoteTime(text)}`);
    const unit = UNIT_NS.get(name);
    if (unit === undefined)
      throw invalidParameter(`time: unknown unit ${goQuoteTime(name)} in duration ${goQuoteTime(text)}`);
    rest = rest.slice(name.length);
    // Eighteen digits of a fraction are more than an hour in nanoseconds has; Go ignores the rest too.
    const digits = fraction.slice(0, 18);
    total += BigInt(whole === "" ? "0" : whole) * unit;
    if (digits !== "") total += (BigInt(digits) * unit) / 10n ** BigInt(digits.length);
    if (total > LIMIT) throw invalid(text);
  }
  if (sign === "-") return -total;
  if (total === LIMIT) throw invalid(text);
  return total;
}

function invalid(text: string): QueryApiError {
  return invalidParameter(`time: invalid duration ${goQuoteTime(text)}`);
}
