import { KafkaError, type KafkaTarget, kafkaError, untilAborted } from "@spoor/kafka-client";
import kafkajs, { type Kafka, type Message, type Producer } from "kafkajs";
import type { MessageError } from "./errors.ts";

const { KafkaJSError, KafkaJSProtocolError } = kafkajs;
const TOO_LARGE: ReadonlySet<string> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"]);

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

/** Beyond this a reason is cut: it may quote the message. */
const MAX_DETAIL = 500;

/**
 * A topic for them. Each letter has headers that say why, and where it was: `spoor-reason`, `-detail`, `-topic`, `-partition`, `-offset`. One
 * that is larger than the topic takes goes without key and value, and `spoor-omitted-bytes` says how many those had.
 */
export async function openDeadLetters(client: Kafka, target: KafkaTarget, signal?: AbortSignal): Promise<DeadLetters> {
  const producer: Producer = client.producer({ allowAutoTopicCreation: true, createPartitioner: () => () => 0 });
  const connecting = producer.connect();
  try {
    await untilAborted(connecting, signal);
  } catch (error) {
    const disconnect = () => producer.disconnect().catch(() => {});
    // After the signal the attempt goes on until its request is answered, or times out; nobody waits for that.
    if (signal?.aborted) void connecting.catch(() => {}).then(disconnect);
    else await disconnect();
    throw error;
  }
  const undeliverable = (error: unknown) => {
    const { code, message } = kafkaError(error, target);
    const text = `dead letters cannot be kept in topic ${target.topic} (--ingester.dead-letter-topic): ${message}`;
    return new KafkaError(code, text, { cause: error });
  };
  const send = async (messages: readonly Message[]): Promise<void> => {
    if (messages.length === 0) return;
    try {
      await producer.send({ topic: target.topic, acks: -1, messages: [...messages] });
    } catch (error) {
      if (!isTooLarge(error)) throw undeliverable(error);
      const [message] = messages;
      if (messages.length === 1 && message !== undefined) {
        if (message.value === null) throw undeliverable(error);
        await send([withoutContent(message)]);
        return;
      }
      // They go in one batch, which may not be larger than a message may.
      const half = Math.ceil(messages.length / 2);
      await send(messages.slice(0, half));
      await send(messages.slice(half));
    }
  };
  return { send: (letters) => send(letters.map(messageOf)), close: () => producer.disconnect() };
}

function messageOf({ key, value, error, ...source }: DeadLetter): Message {
  return {
    key,
    value,
    headers: {
      "spoor-reason": error.code.toLowerCase(),
      "spoor-detail": error.message.slice(0, MAX_DETAIL),
      "spoor-topic": source.topic,
      "spoor-partition": String(source.partition),
      "spoor-offset": source.offset,
    },
  };
}

function withoutContent({ key, value, headers }: Message): Message {
  const bytes = (key?.length ?? 0) + (value?.length ?? 0);
  return { key: null, value: null, headers: { ...headers, "spoor-omitted-bytes": String(bytes) } };
}

/** kafkajs wraps some of the broker's errors. */
function isTooLarge(error: unknown): boolean {
  if (!(error instanceof KafkaJSError)) return false;
  if (error instanceof KafkaJSProtocolError) return TOO_LARGE.has(error.type);
  return isTooLarge(error.cause);
}
