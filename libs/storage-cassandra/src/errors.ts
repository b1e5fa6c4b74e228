import { StorageError } from "@spoor/storage-api";
import { errors, types } from "cassandra-driver";

const CODES = types.responseErrorCodes;
const RETRY_AFTER_MS = 1000;

/** Answers of a node that mean "not now". */
const TEMPORARY: ReadonlySet<number> = new Set([
  CODES.serverError,
  CODES.unavailableException,
  CODES.isBootstrapping,
  CODES.truncateError,
  CODES.writeTimeout,
  CODES.readTimeout,
  CODES.readFailure,
  CODES.functionFailure,
  CODES.writeFailure,
]);

/** What failed, for messages. */
export interface Target {
  /** Hosts as given. */
  readonly servers: string;
  readonly keyspace: string;
  readonly flagPrefix: string;
}

/**
 * A driver's error as the store's own. Refused are only rows that Cassandra itself calls invalid; a table or keyspace that is missing, wrong
 * credentials and missing rights are an operator's to mend, so that spans are worth keeping until then.
 */
export function storageError(error: unknown, target: Target): StorageError {
  if (error instanceof StorageError) return error;
  const at = `Cassandra at ${target.servers}`;
  const flag = (name: string) => `--${target.flagPrefix}.${name}`;
  if (error instanceof errors.NoHostAvailableError) {
    const inner = innerErrors(error);
    const refused = inner.find((each) => each instanceof errors.AuthenticationError);
    if (refused !== undefined) return storageError(refused, target);
    const answered = inner.find((each) => each instanceof errors.ResponseError);
    if (answered !== undefined) return storageError(answered, target);
    const reasons = [...new Set(inner.map((each) => (each instanceof Error ? each.message : String(each))))].join("; ");
    return unavailable(
      `no node of ${at} can be reached (${flag("servers")}): ${reasons || error.message}`,
      inner[0] ?? error,
    );
  }
  if (error instanceof errors.AuthenticationError) {
    return unavailable(
      `${at} refuses the credentials (${flag("username")}, ${flag("password")}): ${error.message}`,
      error,
    );
  }
  if (error instanceof errors.OperationTimedOutError) {
    return unavailable(`${at} did not answer in time: ${error.message}`, error);
  }
  if (error instanceof errors.BusyConnectionError) {
    return new StorageError("OVERLOADED", `too many requests under way to ${at}`, {
      cause: error,
      retryAfterMs: RETRY_AFTER_MS,
    });
  }
  if (error instanceof errors.ResponseError) return responseError(error, target);
  if (error instanceof errors.DriverError) return unavailable(`${at}: ${error.message}`, error);
  if (error instanceof RangeError) {
    // The driver computes a partition's token from keys of at most 65,535 bytes.
    return new StorageError("REJECTED", `${at} takes no name this long: ${error.message}`, { cause: error });
  }
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (typeof code === "string") return unavailable(`${at}: ${(error as Error).message}`, error);
  throw error;
}

function responseError(error: errors.ResponseError, target: Target): StorageError {
  const at = `Cassandra at ${target.servers}`;
  const { code, message } = error;
  if (code === CODES.overloaded) {
    return new StorageError("OVERLOADED", `${at} is overloaded: ${message}`, {
      cause: error,
      retryAfterMs: RETRY_AFTER_MS,
    });
  }
  if (isTooLarge(error)) return new StorageError("REJECTED", `${at} refuses a row: ${message}`, { cause: error });
  if (TEMPORARY.has(code)) return unavailable(`${at}: ${message}`, error);
  if (code === CODES.badCredentials) {
    const flags = `--${target.flagPrefix}.username, --${target.flagPrefix}.password`;
    return unavailable(`${at} refuses the credentials (${flags}): ${message}`, error);
  }
  if (code === CODES.unauthorized) return unavailable(`${at} refuses access to ${target.keyspace}: ${message}`, error);
  if (code === CODES.unprepared || isMissingObject(error)) {
    return unavailable(
      `keyspace ${target.keyspace} (--${target.flagPrefix}.keyspace) of ${at} lacks what is needed: ${message}. ` +
        "The cassandra-schema tool creates it",
      error,
    );
  }
  return new StorageError("REJECTED", `${at} refuses a row: ${message}`, { cause: error });
}

/** A row beyond half of `commitlog_segment_size`; versions of Cassandra differ in the code they give it. */
function isTooLarge(error: errors.ResponseError): boolean {
  return /too large for the maximum size|MutationExceededMaxSize/i.test(error.message);
}

/** A keyspace, table or type that does not exist. */
function isMissingObject(error: errors.ResponseError): boolean {
  return /does not exist|unconfigured table|No keyspace has been specified|Unknown keyspace|Undefined column|Unknown identifier|Unknown type/i.test(
    error.message,
  );
}

function innerErrors(error: errors.NoHostAvailableError): readonly unknown[] {
  const inner: unknown = error.innerErrors;
  return typeof inner === "object" && inner !== null ? Object.values(inner) : [];
}

function unavailable(message: string, cause: unknown): StorageError {
  return new StorageError("UNAVAILABLE", message, { cause });
}
