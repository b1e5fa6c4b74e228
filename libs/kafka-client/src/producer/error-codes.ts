/** What to do when a broker answers with an error for a partition. */
export type Verdict =
  | "taken"
  /** Somebody else leads now, or nobody yet: ask who, then again. */
  | "find-leader"
  | "try-again"
  /** The batch must be smaller. */
  | "too-large"
  /** Our id or sequence is not what the broker expects: a new id, then again. */
  | "new-producer-id"
  | "topic-missing"
  | "forbidden"
  /** Not as a producer that is known by an id. */
  | "no-idempotence"
  | "refused";

/** Kafka's error codes (kafka `Errors.java`) that a produce answer can hold. */
const VERDICTS: ReadonlyMap<number, readonly [name: string, verdict: Verdict]> = new Map([
  [0, ["NONE", "taken"]],
  [2, ["CORRUPT_MESSAGE", "try-again"]],
  [3, ["UNKNOWN_TOPIC_OR_PARTITION", "topic-missing"]],
  [5, ["LEADER_NOT_AVAILABLE", "find-leader"]],
  [6, ["NOT_LEADER_OR_FOLLOWER", "find-leader"]],
  [7, ["REQUEST_TIMED_OUT", "try-again"]],
  [9, ["REPLICA_NOT_AVAILABLE", "find-leader"]],
  [10, ["MESSAGE_TOO_LARGE", "too-large"]],
  [13, ["NETWORK_EXCEPTION", "find-leader"]],
  [18, ["RECORD_LIST_TOO_LARGE", "too-large"]],
  [19, ["NOT_ENOUGH_REPLICAS", "try-again"]],
  [20, ["NOT_ENOUGH_REPLICAS_AFTER_APPEND", "try-again"]],
  [29, ["TOPIC_AUTHORIZATION_FAILED", "forbidden"]],
  [31, ["CLUSTER_AUTHORIZATION_FAILED", "no-idempotence"]],
  [32, ["INVALID_TIMESTAMP", "refused"]],
  [41, ["NOT_CONTROLLER", "try-again"]],
  [45, ["OUT_OF_ORDER_SEQUENCE_NUMBER", "new-producer-id"]],
  [46, ["DUPLICATE_SEQUENCE_NUMBER", "taken"]],
  [47, ["INVALID_PRODUCER_EPOCH", "new-producer-id"]],
  [56, ["KAFKA_STORAGE_ERROR", "find-leader"]],
  [59, ["UNKNOWN_PRODUCER_ID", "new-producer-id"]],
  [74, ["FENCED_LEADER_EPOCH", "find-leader"]],
  [75, ["UNKNOWN_LEADER_EPOCH", "find-leader"]],
  [76, ["UNSUPPORTED_COMPRESSION_TYPE", "refused"]],
  [87, ["INVALID_RECORD", "refused"]],
  [89, ["THROTTLING_QUOTA_EXCEEDED", "try-again"]],
  [90, ["PRODUCER_FENCED", "new-producer-id"]],
]);

export function verdictOf(code: number): { readonly name: string; readonly verdict: Verdict } {
  // What is not known may be new, and pass.
  const [name, verdict] = VERDICTS.get(code) ?? [`error ${code}`, "try-again" as const];
  return { name, verdict };
}
