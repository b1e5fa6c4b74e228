import { WireWriter } from "@spoor/span-wire";

/** `ExportTraceServiceResponse` of success: v1 sends an empty `partial_success`. */
export const EXPORT_RESPONSE_PROTOBUF: Uint8Array = new Uint8Array([0x0a, 0]);
export const EXPORT_RESPONSE_JSON = '{"partialSuccess":{}}';

/** `google.rpc.Status` as protobuf: `code=1 message=2`. `code` is a gRPC code, such as 3 for INVALID_ARGUMENT. */
export function statusProtobuf(code: number, message: string): Uint8Array {
  const writer = new WireWriter(message.length + 16);
  if (code !== 0) {
    writer.tag(1, 0);
    writer.varint32(code);
  }
  if (message !== "") writer.stringField(2, message);
  return writer.finish();
}

/** `google.rpc.Status` as JSON. */
export function statusJson(code: number, message: string): string {
  return JSON.stringify({ ...(code !== 0 && { code }), ...(message !== "" && { message }) });
}
