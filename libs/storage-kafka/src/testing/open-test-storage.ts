import type { KafkaAddress } from "@spoor/services";
import type { Storage } from "@spoor/storage-api";
import { pino } from "pino";
import { openKafkaStorage } from "../open-kafka-storage.ts";
import type { KafkaStorageOptions } from "../options.ts";

/** A store on this server with the defaults, but for `options`. */
export function openTestStorage(
  server: KafkaAddress,
  options: Partial<KafkaStorageOptions> & { readonly topic: string },
): Promise<Storage> {
  return openKafkaStorage({
    connection: { brokers: server.brokers, clientId: "test", flagPrefix: "kafka.producer", ...options.connection },
    logger: pino({ level: "silent" }),
    ...options,
    ...(options.connection === undefined ? {} : { connection: options.connection }),
  });
}
