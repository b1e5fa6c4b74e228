/** Full names of the services (jaegertracing/jaeger `storage.proto`). */
export const SERVICE = {
  writer: "jaeger.storage.v1.SpanWriterPlugin",
  streamingWriter: "jaeger.storage.v1.StreamingSpanWriterPlugin",
  reader: "jaeger.storage.v1.SpanReaderPlugin",
  archiveWriter: "jaeger.storage.v1.ArchiveSpanWriterPlugin",
  archiveReader: "jaeger.storage.v1.ArchiveSpanReaderPlugin",
  dependencies: "jaeger.storage.v1.DependenciesReaderPlugin",
  capabilities: "jaeger.storage.v1.PluginCapabilities",
} as const;

/** v1's metadata key of the reader's own token. */
export const BEARER_TOKEN = "bearer.token";

/** v1's whole text of NOT_FOUND; its clients compare it. */
export const TRACE_NOT_FOUND = "trace not found";
/** What v1's memory store says of the one method it does not have, with the status UNKNOWN. */
export const NOT_IMPLEMENTED = "not implemented";

export const NO_MESSAGE: Uint8Array = new Uint8Array(0);
