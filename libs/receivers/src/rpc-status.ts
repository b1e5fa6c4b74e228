import { WireWriter } from "@spoor/span-wire";

/*
 * google.rpc.Status { code = 1, message = 2, details = 3 (google.protobuf.Any { type_url = 1, value = 2 }) }
 * google.rpc.RetryInfo { retry_delay = 1 (google.protobuf.Duration { seconds = 1, nanos = 2 }) }
 */
const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

/** A `google.rpc.Status`, with the RetryInfo that OTLP clients wait for when `retryAfterMs` is given. */
export function encodeRpcStatus(code: number, message: string, retryAfterMs?: number): Uint8Array {
  const writer = new WireWriter(message.length + 96);
  writer.tag(1, 0);
  writer.varint32(code);
  writer.textField(2, message);
  if (retryAfterMs !== undefined) {
    const any = writer.begin(3);
    writer.stringField(1, RETRY_INFO);
    const info = writer.begin(2);
    const delay = writer.begin(1);
    const seconds = Math.floor(retryAfterMs / 1000);
    const nanos = Math.round((retryAfterMs % 1000) * 1e6);
    if (seconds > 0) {
      writer.tag(1, 0);
      writer.varint32(seconds);
    }
    if (nanos > 0) {
      writer.tag(2, 0);
      writer.varint32(nanos);
    }
    writer.end(delay);
    writer.end(info);
    writer.end(any);
  }
  return writer.finish();
}

/** The same as JSON. */
export function rpcStatusJson(code: number, message: string, retryAfterMs?: number): string {
  return JSON.stringify({
    code,
    message,
    ...(retryAfterMs !== undefined && { details: [{ "@type": RETRY_INFO, retryDelay: `${retryAfterMs / 1000}s` }] }),
  });
}
