import type { AttributeValue } from "../wire/attributes.ts";

/** A span of Zipkin v1 on its way from JSON or Thrift to OTLP. */
export interface V1Span {
  /** Hex of 32 digits, lower case. */
  readonly traceId: string;
  /** Hex of 16 digits, lower case. */
  readonly id: string;
  readonly parentId: string | undefined;
  /** Bytes when it is not valid UTF-8. */
  readonly name: string | Uint8Array;
  /** `undefined` when the annotations tell the times. */
  readonly timestampUs: bigint | undefined;
  readonly durationUs: bigint;
  /** A span without any time starts when it arrives (JSON) or at zero (Thrift). */
  readonly startsNowWithoutTime: boolean;
  readonly annotations: readonly V1Annotation[];
  readonly binaryAnnotations: readonly V1BinaryAnnotation[];
}

export interface V1Annotation {
  readonly timestampUs: bigint;
  readonly value: string;
  readonly endpoint: V1Endpoint | undefined;
}

export interface V1BinaryAnnotation {
  readonly key: string;
  readonly value: AttributeValue;
  /** Its host names a service for a span whose annotations name none. `undefined`: there is no host. */
  readonly serviceName: string | undefined;
  /** The value as text, for the key `lc`. */
  readonly text: string;
}

export interface V1Endpoint {
  readonly serviceName: string;
  /** Text as it came, not checked. */
  readonly ipv4: string;
  readonly ipv6: string;
  readonly port: number;
}
