/** `Endpoint` of zipkincore.thrift. Numbers are signed, as they come: mask them to get addresses and ports. */
export interface ZipkinCoreEndpoint {
  readonly ipv4: number;
  readonly port: number;
  readonly serviceName: string;
  readonly ipv6: Uint8Array | undefined;
}

export interface ZipkinCoreAnnotation {
  readonly timestampUs: bigint;
  readonly value: string;
  readonly host: ZipkinCoreEndpoint | undefined;
}

/** `AnnotationType` of zipkincore.thrift. */
export const ANNOTATION_TYPE = { bool: 0, bytes: 1, i16: 2, i32: 3, i64: 4, double: 5, string: 6 } as const;

export interface ZipkinCoreBinaryAnnotation {
  readonly key: string;
  readonly value: Uint8Array;
  /** See {@link ANNOTATION_TYPE}; other numbers may come. */
  readonly type: number;
  readonly host: ZipkinCoreEndpoint | undefined;
}

/** `Span` of zipkincore.thrift. Ids are 64-bit, signed as they come. Absent fields without `undefined` have their zero. */
export interface ZipkinCoreSpan {
  readonly traceId: bigint;
  readonly traceIdHigh: bigint | undefined;
  readonly id: bigint;
  readonly parentId: bigint | undefined;
  readonly name: string;
  /** The name as it came, when it is not valid UTF-8. */
  readonly nameBytes?: Uint8Array;
  readonly annotations: readonly ZipkinCoreAnnotation[];
  readonly binaryAnnotations: readonly ZipkinCoreBinaryAnnotation[];
  readonly debug: boolean;
  readonly timestampUs: bigint | undefined;
  readonly durationUs: bigint | undefined;
}
