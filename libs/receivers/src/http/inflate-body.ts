import { encodingOf, InflateError, inflate } from "@spoor/inflate";

/**
 * A body without its Content-Encoding, as OTel's HTTP server undoes it: names are lower case and exact, "" means none, and
 * `identity` is not among them. Throws or rejects with {@link InflateError}.
 */
export function inflateBody(
  bytes: Buffer,
  contentEncoding: string | undefined,
  maxBytes: number,
): Buffer | Promise<Buffer> {
  if (contentEncoding === undefined || contentEncoding === "") return bytes;
  const encoding = encodingOf(contentEncoding);
  if (encoding === undefined) throw new InflateError("CORRUPT", `unsupported Content-Encoding: ${contentEncoding}`);
  return inflate(encoding, bytes, maxBytes);
}
