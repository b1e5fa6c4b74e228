import type { Kafka, Producer } from "kafkajs";
import type { MessageError } from "./errors.ts";

/** A message that is no span, as it was read, and why. */
export interface DeadLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly error: MessageError;
}

/** Where messages go that never become spans. */
export interface DeadLetters {
  /** Resolves when the letters are safe. */
  send(letters: readonly DeadLetter[]): Promise<void>;
  close(): Promise<void>;
}

/** A topic for them. Each letter has headers that say why, and where it was: `spoor-reason`, `-detail`, `-topic`, `-partition`, `-offset`. */
export async function openDeadLetters(client: Kafka, topic: string): Promise<DeadLetters> {
  const producer: Producer = client.producer({ allowAutoTopicCreation: true, createPartitioner: () => () => 0 });
  await producer.connect();
  return {
    async send(letters) {
      if (letters.length === 0) return;
      await producer.send({
        topic,
        acks: -1,
        messages: letters.map(({ key, value, error, ...source }) => ({
          key,
          value,
          headers: {
            "spoor-reason": error.code.toLowerCase(),
            "spoor-detail": error.message.slice(0, MAX_DETAIL),
            "spoor-topic": source.topic,
            "spoor-partition": String(source.partition),
            "spoor-offset": source.offset,
          },
        })),
      });
    },
    close: () => producer.disconnect(),
  };
}

const MAX_DETAIL = 500;
