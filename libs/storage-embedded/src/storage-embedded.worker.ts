import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "./engine-error.ts";
import { EngineHost } from "./engine-host.ts";
import { EmbeddedStorageError } from "./errors.ts";
import type { Reply } from "./messages.ts";
import type { EngineOptions } from "./options.ts";

/** The entry of the store's thread. It is built to a file of its own, and is the only file that imports node:sqlite at its start. */
const port = parentPort;
if (port === null) throw new Error("this file runs as a worker thread");

const post = (reply: Reply, transfer: readonly ArrayBuffer[] = []) => port.postMessage(reply, [...transfer]);
try {
  const host = await EngineHost.start(workerData as EngineOptions, (file) => new DatabaseSync(file), post);
  port.on("message", (request) => host.handle(request, () => port.close()));
} catch (error) {
  const code = error instanceof EmbeddedStorageError ? error.code : "DIRECTORY_UNUSABLE";
  post({ type: "failed", code, message: messageOf(error) });
  port.close();
}
