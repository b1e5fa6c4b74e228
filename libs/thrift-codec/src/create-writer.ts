import { BinaryWriter } from "./binary-writer.ts";
import { CompactWriter } from "./compact-writer.ts";
import type { ThriftProtocol } from "./types.ts";
import type { ThriftWriter } from "./writer.ts";

export function createWriter(protocol: ThriftProtocol): ThriftWriter {
  return protocol === "compact" ? new CompactWriter() : new BinaryWriter();
}
