import type { KeyValue } from "@spoor/span-model";

/**
 * A value as text the way v1 compares and indexes it (jaegertracing/jaeger `model/keyvalue.go` AsString): bool
 * `true`/`false`, integers in decimal, floats as {@link formatFloat}, binary as lower-case hex.
 */
export function valueText(tag: KeyValue): string {
  switch (tag.type) {
    case "string":
      return tag.value;
    case "bool":
      return tag.value ? "true" : "false";
    case "int64":
      return tag.value.toString();
    case "float64":
      return formatFloat(tag.value);
    case "binary":
      return Buffer.from(tag.value.buffer, tag.value.byteOffset, tag.value.byteLength).toString("hex");
    case "unknown":
      return `unknown type ${tag.code}`;
  }
}

/** Go's `strconv.FormatFloat(value, 'g', 10, 64)`: ten significant digits, an exponent of two digits or more. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e10) {
    // Most floats have few digits: with ten or fewer the shortest text is Go's too.
    const text = String(value);
    if (text.length <= 11) return text;
  }
  const [mantissa = "", exponentText = "0"] = tenDigits(value).split("e");
  const exponent = Number(exponentText);
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace("-", "").replace(".", "").replace(/0+$/, "");
  if (exponent < -4 || exponent >= 10) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const width = Math.abs(exponent).toString().padStart(2, "0");
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${width}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** `d.ddddddddde±x`, rounded half to even as Go does; `toExponential` alone rounds halves up. */
function tenDigits(value: number): string {
  const rounded = value.toExponential(9);
  // Only exactly eleven significant digits, the last of them a 5, can be a tie.
  const eleven = value.toExponential(10);
  const [mantissa = "", exponent = "0"] = eleven.split("e");
  if (!mantissa.endsWith("5") || Number(eleven) !== value || !/^-?\d\.\d{10}0*e/.test(value.toExponential(60)))
    return rounded;
  const truncated = mantissa.slice(0, -1);
  return "02468".includes(truncated.at(-1) ?? "") ? `${truncated}e${exponent}` : rounded;
}
