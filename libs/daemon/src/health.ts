import { formatGoDuration } from "@spoor/go-text";

const NS_A_MS = 1_000_000n;
const NEVER = "0001-01-01T00:00:00Z";

/** Whether the daemon takes traffic: not before everything started, nor once it stops. */
export class Health {
  #upSinceMs: number | undefined;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  get available(): boolean {
    return this.#upSinceMs !== undefined;
  }

  setAvailable(): void {
    this.#upSinceMs ??= this.#nowMs();
  }

  setUnavailable(): void {
    this.#upSinceMs = undefined;
  }

  /** v1's answer: 200 or 503, and its JSON. */
  answer(): { readonly status: number; readonly body: string } {
    const upSinceMs = this.#upSinceMs;
    const available = upSinceMs !== undefined;
    return {
      status: available ? 200 : 503,
      body: JSON.stringify({
        status: available ? "Server available" : "Server not available",
        upSince: available ? new Date(upSinceMs).toISOString() : NEVER,
        uptime: available ? formatGoDuration(BigInt(this.#nowMs() - upSinceMs) * NS_A_MS) : "",
      }),
    };
  }
}
