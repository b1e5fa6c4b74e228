import { type EncodedSpan, KeyValueCursor } from "@spoor/span-wire";

const encoder = new TextEncoder();
/** jaeger-client's tags, and what OpenTelemetry's remote sampler for Go calls the same. */
const TYPE_KEYS = [encoder.encode("sampler.type"), encoder.encode("jaeger.sampler.type")];
const PARAM_KEYS = [encoder.encode("sampler.param"), encoder.encode("jaeger.sampler.param")];
/** Where an OTLP span's tracestate is kept. */
const TRACE_STATE_KEY = encoder.encode("w3c.tracestate");
const TYPES: ReadonlySet<string> = new Set(["probabilistic", "lowerbound", "ratelimiting", "const"]);
/** A threshold is a fraction of 2^56, in hexadecimal digits without the zeros at its end. */
const THRESHOLD_DIGITS = 14;

/** How a root span says that it was sampled. */
export interface ObservedSampling {
  readonly type: string;
  readonly param: number;
}

/** Reads from a root span how it was sampled; one object serves any number. */
export class ObservedSamplingReader {
  readonly #cursor = new KeyValueCursor();

  /** `undefined` when the span says nothing of it, `invalid` when what it says cannot be read. */
  read(span: EncodedSpan): ObservedSampling | "invalid" | undefined {
    const cursor = this.#cursor;
    let type: string | undefined;
    let param: string | undefined;
    let traceState: string | undefined;
    cursor.openSpan(span, false);
    while ((type === undefined || param === undefined) && cursor.next()) {
      if (type === undefined && TYPE_KEYS.some((key) => cursor.hasKey(key))) type = cursor.valueText();
      else if (param === undefined && PARAM_KEYS.some((key) => cursor.hasKey(key))) param = cursor.valueText();
      else if (traceState === undefined && cursor.hasKey(TRACE_STATE_KEY)) traceState = cursor.valueText();
    }
    if (type === undefined) return traceState === undefined ? undefined : thresholdOf(traceState);
    const number = param === undefined || param.trim() === "" ? Number.NaN : Number(param);
    return TYPES.has(type) && Number.isFinite(number) ? { type, param: number } : "invalid";
  }
}

/** The probability in a tracestate (`ot=th:…`, OpenTelemetry's probability sampling), if there is one. */
function thresholdOf(traceState: string): ObservedSampling | undefined {
  const [, digits] = /(?:^|,)\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?=[;,\s]|$)/.exec(traceState) ?? [];
  if (digits === undefined) return undefined;
  const rejected = Number.parseInt(digits.padEnd(THRESHOLD_DIGITS, "0"), 16) / 2 ** 56;
  return { type: "probabilistic", param: 1 - rejected };
}
