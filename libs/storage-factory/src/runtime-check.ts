import { isBuiltin } from "node:module";
import * as zlib from "node:zlib";
import { DaemonError } from "@spoor/daemon";

/** Throws a clear error when the running Node cannot carry the embedded store. */
export function requireEmbeddedRuntime(): void {
  if (isBuiltin("node:sqlite") && "zstdCompressSync" in zlib) return;
  throw new DaemonError(
    "INVALID_SETTINGS",
    `the embedded storage needs Node 24 (node:sqlite and zstd); this is Node ${process.versions.node}. Start it with npm start, which ` +
      "brings its own, or with SPAN_STORAGE_TYPE=memory, which keeps traces in memory only",
  );
}
