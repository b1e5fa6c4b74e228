/** `ExportTraceServiceResponse` of success: v1 sends an empty `partial_success`. */
export const EXPORT_RESPONSE_PROTOBUF: Uint8Array = new Uint8Array([0x0a, 0]);
export const EXPORT_RESPONSE_JSON = '{"partialSuccess":{}}';
