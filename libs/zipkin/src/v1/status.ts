import type { AttributeValue } from "../wire/attributes.ts";
import { STATUS } from "../wire/fields.ts";

const MIN_INT32 = -2147483648n;
const MAX_INT32 = 2147483647n;

/**
 * Finds a span's status in its binary annotations: `census.status_code`, else `otel.status_code`, else `error` (any value), else
 * `http.status_code` (OpenTelemetry contrib `zipkinv1/status_code.go`).
 */
export class V1Status {
  #census: number | undefined;
  #censusMessage = "";
  #otel: number | undefined;
  #otelMessage = "";
  #isError = false;
  #http: number | undefined;
  #httpMessage = "";

  /** True when the annotation says nothing but the status and so is no attribute. */
  take(key: string, value: AttributeValue): boolean {
    switch (key) {
      case "census.status_code": {
        const code = int32(value);
        if (code !== undefined) this.#census = code === 0 ? STATUS.ok : STATUS.error;
        return true;
      }
      case "census.status_description":
      case "opencensus.status_description":
        this.#censusMessage = text(value);
        return true;
      case "otel.status_code":
        this.#otel = int32(value) ?? this.#otel;
        return true;
      case "otel.status_description":
        this.#otelMessage = text(value);
        return true;
      case "error":
        this.#isError = true;
        return true;
      case "http.status_code": {
        const code = int32(value);
        if (code !== undefined) this.#http = code >= 100 && code < 400 ? STATUS.unset : STATUS.error;
        return false;
      }
      case "http.status_message":
        this.#httpMessage = text(value);
        return false;
      default:
        return false;
    }
  }

  /** Number of OTLP's StatusCode (an `otel.status_code` may be any), and its message. */
  result(): { readonly code: number; readonly message: string } {
    if (this.#census !== undefined) return { code: this.#census, message: this.#censusMessage };
    if (this.#otel !== undefined) return { code: this.#otel, message: this.#otelMessage };
    if (this.#isError) return { code: STATUS.error, message: this.#censusMessage || this.#otelMessage };
    if (this.#http !== undefined) return { code: this.#http, message: this.#httpMessage };
    return { code: STATUS.unset, message: "" };
  }
}

function text(value: AttributeValue): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  return typeof value === "string" ? value : "";
}

function int32(value: AttributeValue): number | undefined {
  let integer: bigint;
  if (typeof value === "bigint") integer = value;
  else if (/^[+-]?\d{1,20}$/.test(text(value))) integer = BigInt(text(value).replace("+", ""));
  else return undefined;
  return integer >= MIN_INT32 && integer <= MAX_INT32 ? Number(integer) : undefined;
}
