/*
 * The document of an operation, as v1 writes it: {"serviceName", "operationName"}, its id the FNV-1a hash of both names. v1 knows no
 * span kind; here the kind, where there is one, stands beside the names as a tag in the form of a field, which v1's own template maps
 * as a keyword and v1's readers step over.
 */

/** The field of the span kind in a document of an operation. */
export const KIND_FIELD = "tag.span@kind";

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = (1n << 64n) - 1n;

/** 64 bits in lower-case hex without leading zeros. */
export function fnv1a64Hex(text: string): string {
  let hash = OFFSET;
  for (const byte of Buffer.from(text, "utf8")) hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  return hash.toString(16);
}

export function serviceDocumentId(serviceName: string, operationName: string, spanKind: string): string {
  const id = fnv1a64Hex(serviceName + operationName);
  return spanKind === "" ? id : `${id}-${fnv1a64Hex(spanKind)}`;
}

/** With `stampMs` the document has the field `@timestamp`, which data streams want. */
export function serviceDocument(
  serviceName: string,
  operationName: string,
  spanKind: string,
  stampMs?: number,
): string {
  return JSON.stringify({
    ...(stampMs === undefined ? {} : { "@timestamp": stampMs }),
    serviceName,
    operationName,
    ...(spanKind === "" ? {} : { tag: { "span@kind": spanKind } }),
  });
}
