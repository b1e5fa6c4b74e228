/** gRPC status codes that we answer or read. */
export const GRPC_STATUS = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(GRPC_STATUS).map(([name, code]) => [code, name.toLowerCase()]),
);

/** The code's name in lower case, for labels. */
export function statusName(code: number): string {
  return NAMES.get(code) ?? "unknown";
}

/** Ends a call with a status. Thrown by methods, and by the server itself for broken framing. */
export class GrpcError extends Error {
  override readonly name = "GrpcError";
  readonly code: number;
  /** A `google.rpc.Status` for `grpc-status-details-bin`. */
  readonly details: Uint8Array | undefined;

  constructor(
    code: number,
    message: string,
    options: ErrorOptions & { readonly details?: Uint8Array | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.details = options.details;
  }
}

/** Longer texts would burst a client's header limit. */
const MAX_MESSAGE_BYTES = 4096;

/** `grpc-message`: UTF-8 with everything but printable ASCII, and `%` itself, as `%XX`. */
export function encodeGrpcMessage(text: string): string {
  if (/^[ -$&-~]*$/.test(text) && text.length <= MAX_MESSAGE_BYTES) return text;
  let encoded = "";
  for (const byte of Buffer.from(text).subarray(0, MAX_MESSAGE_BYTES)) {
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
