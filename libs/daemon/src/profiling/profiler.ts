import type { Session } from "node:inspector";

/** `cpu` is a `.cpuprofile`, `heap` a `.heapprofile` (what was allocated meanwhile and is still held), as Chrome's developer tools read them. */
export interface ProfileRequest {
  readonly kind: "cpu" | "heap";
  readonly durationMs: number;
}

export type ProfilerErrorCode =
  /** One profile at a time. */
  | "BUSY"
  /** V8 did not give a profile. */
  | "FAILED";

/** Why there is no profile. `BUSY` is retryable. */
export class ProfilerError extends Error {
  override readonly name = "ProfilerError";
  readonly code: ProfilerErrorCode;
  readonly retryable: boolean;

  constructor(code: ProfilerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = code === "BUSY";
  }
}

/** As v1 (Go's pprof) samples the CPU; V8's own 1 ms costs several times as much and gives a file as much bigger. */
const CPU_INTERVAL_US = 10_000;
/** Bytes between samples of the heap; V8's default, and Go's. */
const HEAP_INTERVAL_BYTES = 512 * 1024;

/** Takes profiles of this process, one at a time. What costs something runs only while a profile is taken. */
export class Profiler {
  #busy = false;

  /** JSON of the profile. Throws {@link ProfilerError}. An abort ends it early, with what there is. */
  async run({ kind, durationMs }: ProfileRequest, signal?: AbortSignal): Promise<string> {
    if (this.#busy) throw new ProfilerError("BUSY", "another profile is being taken");
    this.#busy = true;
    let session: Session | undefined;
    try {
      const { Session } = await import("node:inspector");
      session = new Session();
      session.connect();
      return kind === "cpu"
        ? await cpuProfile(session, durationMs, signal)
        : await heapProfile(session, durationMs, signal);
    } catch (cause) {
      throw new ProfilerError("FAILED", `no ${kind} profile: ${(cause as Error).message}`, { cause });
    } finally {
      session?.disconnect();
      this.#busy = false;
    }
  }
}

async function cpuProfile(session: Session, durationMs: number, signal: AbortSignal | undefined): Promise<string> {
  await post(session, "Profiler.enable");
  await post(session, "Profiler.setSamplingInterval", { interval: CPU_INTERVAL_US });
  await post(session, "Profiler.start");
  await pause(durationMs, signal);
  const { profile } = await post<{ readonly profile: unknown }>(session, "Profiler.stop");
  return JSON.stringify(profile);
}

async function heapProfile(session: Session, durationMs: number, signal: AbortSignal | undefined): Promise<string> {
  await post(session, "HeapProfiler.enable");
  await post(session, "HeapProfiler.startSampling", { samplingInterval: HEAP_INTERVAL_BYTES });
  await pause(durationMs, signal);
  const { profile } = await post<{ readonly profile: unknown }>(session, "HeapProfiler.stopSampling");
  return JSON.stringify(profile);
}

function post<T>(session: Session, method: string, params: Readonly<Record<string, unknown>> = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    session.post(method, params, (error, result) => (error === null ? resolve(result as T) : reject(error)));
  });
}

function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    signal?.addEventListener("abort", end, { once: true });
  });
}
