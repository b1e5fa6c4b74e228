import { KafkaError } from "../errors.ts";

/*
 * Produce, versions 3 to 7 (the request is the same in all, the answer has the log's start from version 5 on):
 *
 *   request   nullable string transactional id · int16 acks · int32 timeout · array of topics: string name, array of partitions:
 *             int32 partition, bytes record batch
 *   response  array of topics: string name, array of partitions: int32 partition, int16 error, int64 base offset, int64 append time,
 *             [int64 log start] · int32 throttle time
 */
export const PRODUCE = { apiKey: 0, minVersion: 3, maxVersion: 7 };

/** 0: no answer; 1: the leader has it; -1: all replicas in sync have it. */
export type Acks = 0 | 1 | -1;

export interface PartitionRecords {
  readonly partition: number;
  /** A record batch. */
  readonly batch: Buffer;
}

export interface PartitionResult {
  readonly partition: number;
  /** Kafka's error code; 0 is none. */
  readonly error: number;
}

export function encodeProduce(options: {
  readonly topic: string;
  readonly acks: Acks;
  readonly timeoutMs: number;
  readonly partitions: readonly PartitionRecords[];
}): Buffer {
  const { topic, acks, timeoutMs, partitions } = options;
  const topicLength = Buffer.byteLength(topic);
  let length = 2 + 2 + 4 + 4 + 2 + topicLength + 4;
  for (const { batch } of partitions) length += 8 + batch.length;
  const request = Buffer.allocUnsafe(length);
  let at = request.writeInt16BE(-1, 0);
  at = request.writeInt16BE(acks, at);
  at = request.writeInt32BE(timeoutMs, at);
  at = request.writeInt32BE(1, at);
  at = request.writeInt16BE(topicLength, at);
  at += request.write(topic, at);
  at = request.writeInt32BE(partitions.length, at);
  for (const { partition, batch } of partitions) {
    at = request.writeInt32BE(partition, at);
    at = request.writeInt32BE(batch.length, at);
    request.set(batch, at);
    at += batch.length;
  }
  return request;
}

export function decodeProduce(
  payload: Buffer,
  version: number,
): { readonly results: readonly PartitionResult[]; readonly throttleMs: number } {
  const results: PartitionResult[] = [];
  try {
    let at = 4;
    for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
      at += 2 + payload.readInt16BE(at);
      let partitions = payload.readInt32BE(at);
      at += 4;
      for (; partitions > 0; partitions--) {
        results.push({ partition: payload.readInt32BE(at), error: payload.readInt16BE(at + 4) });
        at += version >= 5 ? 30 : 22;
      }
    }
    return { results, throttleMs: payload.readInt32BE(at) };
  } catch (error) {
    throw new KafkaError("UNREACHABLE", "the broker's answer to a produce request is cut short", { cause: error });
  }
}
