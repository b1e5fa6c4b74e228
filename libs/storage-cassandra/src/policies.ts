import { auth, errors, policies, type types } from "cassandra-driver";

const FIRST_PAUSE_MS = 500;

/** Tries a request on other nodes until `maxAttempts` are used up. Everything this store sends may be sent twice. */
export class BoundedRetryPolicy extends policies.retry.RetryPolicy {
  readonly #maxAttempts: number;

  constructor(maxAttempts: number) {
    super();
    this.#maxAttempts = maxAttempts;
  }

  override onUnavailable(info: policies.retry.OperationInfo): policies.retry.DecisionInfo {
    return this.#again(info, false);
  }

  override onReadTimeout(info: policies.retry.OperationInfo): policies.retry.DecisionInfo {
    return this.#again(info, true);
  }

  override onWriteTimeout(info: policies.retry.OperationInfo): policies.retry.DecisionInfo {
    return this.#again(info, true);
  }

  override onRequestError(info: policies.retry.OperationInfo): policies.retry.DecisionInfo {
    return this.#again(info, false);
  }

  #again(info: policies.retry.OperationInfo, sameHost: boolean): policies.retry.DecisionInfo {
    if (info.nbRetry + 1 >= this.#maxAttempts) return this.rethrowResult();
    // The consistency stays as it is; the driver's types do not say that it may be left out.
    return this.retryResult(undefined as unknown as types.consistencies, sameHost);
  }
}

/** Doubles the pause between attempts to reach a node, from half a second to the longest one. */
export function reconnectionPolicy(longestMs: number): policies.reconnection.ReconnectionPolicy {
  return new policies.reconnection.ExponentialReconnectionPolicy(
    Math.min(FIRST_PAUSE_MS, longestMs),
    Math.max(FIRST_PAUSE_MS, longestMs),
    false,
  );
}

/** Gives the password only to authenticators of the named classes. */
export class RestrictedAuthProvider extends auth.PlainTextAuthProvider {
  readonly #allowed: ReadonlySet<string>;

  constructor(username: string, password: string, allowed: readonly string[]) {
    super(username, password);
    this.#allowed = new Set(allowed);
  }

  override newAuthenticator(endpoint: string, name: string): auth.Authenticator {
    if (this.#allowed.size > 0 && !this.#allowed.has(name)) return new RefusingAuthenticator(name);
    return super.newAuthenticator(endpoint, name);
  }
}

/** The driver takes errors by way of an authenticator only. */
class RefusingAuthenticator implements auth.Authenticator {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  initialResponse(callback: (error: Error) => void): void {
    callback(new errors.AuthenticationError(`unexpected authenticator "${this.#name}"`));
  }

  evaluateChallenge(_challenge: Buffer, callback: (error: Error) => void): void {
    this.initialResponse(callback);
  }

  onAuthenticationSuccess(): void {}
}
