import { BinaryReader } from "./binary-reader.ts";
import { CompactReader } from "./compact-reader.ts";
import type { ThriftReader } from "./reader.ts";
import type { ThriftProtocol } from "./types.ts";

export function createReader(bytes: Uint8Array, protocol: ThriftProtocol): ThriftReader {
  return protocol === "compact" ? new CompactReader(bytes, 0, bytes.length) : new BinaryReader(bytes, 0, bytes.length);
}
