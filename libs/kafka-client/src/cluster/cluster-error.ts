import { KafkaError } from "../errors.ts";

/** What failed, for messages. */
export interface Target {
  readonly brokers: readonly string[];
  readonly flagPrefix: string;
  readonly topic: string;
}

interface KafkajsError {
  readonly name?: string;
  readonly message?: string;
  /** Of a protocol error. */
  readonly type?: string;
  /** Of a connection error: Node's. */
  readonly code?: string | number;
  readonly cause?: unknown;
}

const TLS_CODE = /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/;
const TOPIC_MISSING: ReadonlySet<string> = new Set(["UNKNOWN_TOPIC_OR_PARTITION", "INVALID_TOPIC_EXCEPTION"]);
const FORBIDDEN: ReadonlySet<string> = new Set([
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "GROUP_AUTHORIZATION_FAILED",
]);

/** kafkajs's error as our own, in words that name the flag to look at. */
export function clusterError(error: unknown, target: Target): KafkaError {
  if (error instanceof KafkaError) return error;
  const at = `Kafka at ${target.brokers.join(",")}`;
  const flag = (name: string) => `--${target.flagPrefix}.${name}`;
  const { name = "", message = String(error), type = "", code = "" } = (error ?? {}) as KafkajsError;
  const cause = { cause: error };
  if (name === "KafkaJSSASLAuthenticationError" || type === "SASL_AUTHENTICATION_FAILED") {
    return new KafkaError(
      "CREDENTIALS",
      `${at} refuses the credentials (${flag("plaintext.username")}, ${flag("plaintext.password")}, ` +
        `${flag("plaintext.mechanism")}): ${message}`,
      cause,
    );
  }
  if (type === "UNSUPPORTED_SASL_MECHANISM" || type === "ILLEGAL_SASL_STATE") {
    return new KafkaError(
      "CREDENTIALS",
      `${at} does not take this way to log in (${flag("authentication")}, ${flag("plaintext.mechanism")}): ${message}`,
      cause,
    );
  }
  if (TLS_CODE.test(String(code)) || /certificate|TLS|SSL/.test(message)) {
    return new KafkaError("TLS", `the TLS handshake with ${at} failed (${flag("tls.*")}): ${message}`, cause);
  }
  if (TOPIC_MISSING.has(type)) return topicMissing(target, error);
  if (FORBIDDEN.has(type)) return forbidden(target, message, error);
  if (type === "INVALID_SESSION_TIMEOUT") {
    return new KafkaError(
      "UNSUPPORTED",
      `${at} does not take the session timeout (${flag("session-timeout")}): ${message}`,
      cause,
    );
  }
  if (name === "KafkaJSNumberOfRetriesExceeded" && hasCause(error)) return clusterError(error.cause, target);
  if (name === "KafkaJSRequestTimeoutError" || type === "REQUEST_TIMED_OUT") {
    return new KafkaError("TIMEOUT", `${at} did not answer in time: ${message}`, cause);
  }
  if (name.startsWith("KafkaJSConnection") || name === "KafkaJSLockTimeout" || typeof code === "string") {
    return new KafkaError(
      "UNREACHABLE",
      `${at} cannot be reached (${flag("brokers")}; a broker that wants TLS or a password closes other connections): ${message}`,
      cause,
    );
  }
  return new KafkaError("UNAVAILABLE", `${at}: ${message}`, cause);
}

export function topicMissing({ brokers, flagPrefix, topic }: Target, cause?: unknown): KafkaError {
  return new KafkaError(
    "TOPIC_MISSING",
    `topic ${topic} (--${flagPrefix}.topic) does not exist at Kafka ${brokers.join(",")}, and the broker does not create it: ` +
      "create it, or set auto.create.topics.enable there",
    { cause },
  );
}

export function forbidden({ brokers, flagPrefix, topic }: Target, message: string, cause?: unknown): KafkaError {
  return new KafkaError(
    "FORBIDDEN",
    `Kafka at ${brokers.join(",")} does not let this user use topic ${topic} (--${flagPrefix}.topic): ${message}`,
    { cause },
  );
}

function hasCause(error: unknown): error is { readonly cause: unknown } {
  return typeof error === "object" && error !== null && "cause" in error && error.cause instanceof Error;
}
