/** A request that did not give data: what failed, in words for a person. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  /** HTTP status, or 0 when no answer arrived. */
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** The envelope around every answer of the query API. */
export interface Envelope<T> {
  readonly data: T | null;
  readonly errors?: readonly { readonly code?: number; readonly msg?: string; readonly traceID?: string }[] | null;
}

export interface Progress {
  readonly bytes: number;
  /** Undefined when the server did not say, or compressed the answer. */
  readonly totalBytes: number | undefined;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * GETs an address of the query API and parses the envelope, telling how many bytes have come.
 * Throws RequestError with the server's own words, or the signal's reason.
 */
export async function fetchEnvelope<T>(url: string, options: FetchOptions): Promise<Envelope<T>> {
  let response: Response;
  try {
    response = await fetch(url, { signal: options.signal, credentials: "same-origin" });
  } catch (error) {
    options.signal.throwIfAborted();
    throw new RequestError(0, "The server cannot be reached.", error);
  }
  const body = await readBody(response, options);
  const envelope = parseEnvelope<T>(body);
  if (!response.ok) throw new RequestError(response.status, errorText(response, body, envelope));
  if (envelope === undefined) {
    throw new RequestError(response.status, "The answer is not JSON: is this address served by the query service?");
  }
  return envelope;
}

async function readBody(response: Response, { signal, onProgress }: FetchOptions): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const length = Number(response.headers.get("content-length") ?? "");
  const totalBytes = length > 0 && response.headers.get("content-encoding") === null ? length : undefined;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (let part = await reader.read(); part.value !== undefined; part = await reader.read()) {
      chunks.push(part.value);
      bytes += part.value.length;
      onProgress?.({ bytes, totalBytes });
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new RequestError(response.status, `The connection broke after ${bytes} bytes.`, error);
  }
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return new TextDecoder().decode(whole);
}

function parseEnvelope<T>(body: string): Envelope<T> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null && "data" in parsed ? (parsed as Envelope<T>) : undefined;
  } catch {
    return undefined;
  }
}

function errorText(response: Response, body: string, envelope: Envelope<unknown> | undefined): string {
  const message = envelope?.errors?.[0]?.msg;
  if (message !== undefined && message !== "") return message;
  const isShortText = body.length > 0 && body.length < 400 && !body.trimStart().startsWith("<");
  return isShortText ? body.trim() : `The server answered ${response.status} ${response.statusText}`.trim();
}
