import type { Micros } from "../otlp/fields.ts";

/** A span of Zipkin v2, from JSON or protobuf. Ids are hex, padded. */
export interface V2Span {
  readonly traceId: string;
  readonly id: string;
  /** `undefined` and zero both mean that there is none. */
  readonly parentId: string | undefined;
  readonly name: string;
  /** Number of OTLP's SpanKind. */
  readonly kind: number;
  readonly timestampUs: Micros;
  /** The start is not zero but missing. */
  readonly timestampAbsent: boolean;
  readonly durationUs: Micros;
  readonly localEndpoint: V2Endpoint | undefined;
  readonly remoteEndpoint: V2Endpoint | undefined;
  readonly annotations: readonly V2Annotation[];
  /** Belongs to the span's reader; the writer takes entries out. */
  readonly tags: Map<string, string>;
}

export interface V2Endpoint {
  readonly serviceName: string;
  /** The IPv6 address where there is one, else the IPv4 address, else "". */
  readonly ip: string;
  readonly port: number;
}

export interface V2Annotation {
  readonly timestampUs: Micros;
  readonly value: string;
}
