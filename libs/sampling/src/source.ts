import { readFile, stat } from "node:fs/promises";
import { messageOf } from "./document.ts";
import { SamplingError } from "./errors.ts";

/** More than any strategies file; a longer one is refused. */
const MAX_SOURCE_BYTES = 16 * 1024 * 1024;
/** v1's patience with a URL. */
const DOWNLOAD_TIMEOUT_MS = 1_000;

export function isUrl(source: string): boolean {
  return /^https?:\/\/./i.test(source);
}

/** The text of a strategies file or URL. A URL that answers 503 has no strategies: `null`, as v1 reads it. */
export function readSource(source: string, signal: AbortSignal): Promise<string> {
  return isUrl(source) ? download(source, signal) : load(source, signal);
}

async function load(path: string, signal: AbortSignal): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_SOURCE_BYTES) throw new Error(`${size} bytes are more than ${MAX_SOURCE_BYTES}`);
    return await readFile(path, { encoding: "utf8", signal });
  } catch (cause) {
    throw new SamplingError("SOURCE_UNAVAILABLE", `failed to read strategies file ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function download(url: string, signal: AbortSignal): Promise<string> {
  let text: string;
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)]) });
    text = await readBounded(response);
  } catch (cause) {
    throw new SamplingError("SOURCE_UNAVAILABLE", `failed to download sampling strategies: ${messageOf(cause)}`, {
      cause,
    });
  }
  if (response.status === 503) return "null";
  if (response.status !== 200) {
    const answer = `${response.status} ${response.statusText}`.trim();
    throw new SamplingError(
      "SOURCE_UNAVAILABLE",
      `receiving ${answer} while downloading strategies file: ${text.slice(0, 1000)}`,
    );
  }
  return text;
}

async function readBounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_SOURCE_BYTES) throw new Error(`more than ${MAX_SOURCE_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
