import {
  ANNOTATION_TYPE,
  decodeZipkinSpans,
  ThriftError,
  type ZipkinCoreBinaryAnnotation,
  type ZipkinCoreEndpoint,
  type ZipkinCoreSpan,
} from "@spoor/thrift-codec";
import { ZipkinError } from "../errors.ts";
import { formatIp } from "../ip.ts";
import type { ZipkinLimits } from "../limits.ts";
import type { AttributeValue } from "../wire/attributes.ts";
import type { V1BinaryAnnotation, V1Endpoint, V1Span } from "./span.ts";

/** Reads a Thrift binary `list<zipkincore.Span>`. */
export function readV1Thrift(body: Uint8Array, limits: ZipkinLimits): V1Span[] {
  let spans: ZipkinCoreSpan[];
  try {
    spans = decodeZipkinSpans(body, "binary", { maxSpans: limits.maxSpans, maxAnnotations: limits.maxElements });
  } catch (error) {
    if (!(error instanceof ThriftError)) throw error;
    const code = error.code === "LIMIT_EXCEEDED" ? "LIMIT_EXCEEDED" : "MALFORMED";
    throw new ZipkinError(code, error.message, { cause: error });
  }
  return spans.map(toSpan);
}

function toSpan(span: ZipkinCoreSpan): V1Span {
  return {
    traceId: hex64(span.traceIdHigh ?? 0n) + hex64(span.traceId),
    id: hex64(span.id),
    parentId: span.parentId === undefined ? undefined : hex64(span.parentId),
    name: span.nameBytes ?? span.name,
    timestampUs: span.timestampUs,
    durationUs: span.durationUs ?? 0n,
    startsNowWithoutTime: false,
    annotations: span.annotations.map(({ timestampUs, value, host }) => ({
      timestampUs,
      value,
      endpoint: host === undefined ? undefined : toEndpoint(host),
    })),
    binaryAnnotations: span.binaryAnnotations.map(toBinaryAnnotation),
  };
}

function hex64(id: bigint): string {
  return BigInt.asUintN(64, id).toString(16).padStart(16, "0");
}

function toEndpoint({ serviceName, ipv4, ipv6, port }: ZipkinCoreEndpoint): V1Endpoint {
  const bytes = new Uint8Array([ipv4 >>> 24, ipv4 >>> 16, ipv4 >>> 8, ipv4]);
  return {
    serviceName,
    ipv4: ipv4 === 0 ? "" : formatIp(bytes),
    ipv6: ipv6 === undefined || ipv6.length === 0 ? "" : formatIp(ipv6),
    port,
  };
}

function toBinaryAnnotation(annotation: ZipkinCoreBinaryAnnotation): V1BinaryAnnotation {
  return {
    key: annotation.key,
    value: typedValue(annotation),
    serviceName: annotation.host?.serviceName,
    text: Buffer.from(annotation.value).toString("utf8"),
  };
}

const TOO_SHORT = "<not enough bytes representing the number>";

/** Values by their declared type, big-endian. v1 reads 16 and 32 bits unsigned. */
function typedValue({ type, value }: ZipkinCoreBinaryAnnotation): AttributeValue {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  switch (type) {
    case ANNOTATION_TYPE.bool:
      return bytes.length === 1 && bytes[0] === 1;
    case ANNOTATION_TYPE.bytes:
      return bytes.toString("base64");
    case ANNOTATION_TYPE.i16:
      return bytes.length < 2 ? TOO_SHORT : BigInt(bytes.readUInt16BE());
    case ANNOTATION_TYPE.i32:
      return bytes.length < 4 ? TOO_SHORT : BigInt(bytes.readUInt32BE());
    case ANNOTATION_TYPE.i64:
      return bytes.length < 8 ? TOO_SHORT : bytes.readBigInt64BE();
    case ANNOTATION_TYPE.double:
      return bytes.length < 8 ? TOO_SHORT : { double: bytes.readDoubleBE() };
    case ANNOTATION_TYPE.string:
      return value;
    default:
      return `<unknown zipkin v1 binary annotation type (${type})>`;
  }
}
