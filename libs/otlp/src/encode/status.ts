import type { Attributes } from "./attributes.ts";

const UNSET = 0;
const OK = 1;
const ERROR = 2;
const SERVER = 2;
const CLIENT = 3;

/**
 * Takes the status out of a span's attributes. The tag `error` being true decides over `otel.status_code`, that over
 * `http.status_code`; the last two of them are only looked at when nothing before them decided.
 */
export function takeStatus(attributes: Attributes, kind: number): { readonly code: number; readonly message: string } {
  const error = attributes.get("error");
  const isError = error !== undefined && (error.value === true || error.value === "true");
  if (isError) {
    attributes.delete("error");
    attributes.delete("otel.status_code");
    const message = attributes.takeText("otel.status_description") ?? httpMessage(attributes);
    return { code: ERROR, message };
  }
  const code = attributes.takeText("otel.status_code");
  if (code !== undefined) {
    const upper = code.toUpperCase();
    const message = attributes.takeText("otel.status_description") ?? "";
    return { code: upper === "OK" ? OK : upper === "ERROR" ? ERROR : UNSET, message };
  }
  const fromHttp = httpStatus(attributes, kind);
  return fromHttp === UNSET ? { code: UNSET, message: "" } : { code: fromHttp, message: httpMessage(attributes) };
}

function httpMessage(attributes: Attributes): string {
  const message = attributes.get("http.status_message");
  return message?.type === "string" ? message.value : "";
}

function httpStatus(attributes: Attributes, kind: number): number {
  const value = attributes.get("http.status_code");
  let code: number;
  if (value?.type === "int64") code = Number(value.value);
  else if (value?.type === "string" && /^[+-]?\d+$/.test(value.value)) code = Number(value.value);
  else return UNSET;
  if (code >= 400 && code < 500) {
    if (kind === CLIENT) return ERROR;
    if (kind === SERVER) return UNSET;
  }
  return code >= 100 && code < 400 ? UNSET : ERROR;
}
