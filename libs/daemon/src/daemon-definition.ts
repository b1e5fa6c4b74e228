import type { Registry } from "prom-client";
import type { Command } from "./command.ts";
import type { EnvironmentVariable } from "./environment-help.ts";
import type { FlagGroup } from "./flag-definition.ts";
import type { HostPort } from "./host-port.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Logger } from "./logger.ts";
import type { Readiness } from "./readiness.ts";
import type { Settings } from "./settings.ts";
import type { WorkerRole } from "./workers/worker-role.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is known of a daemon before its code is loaded: enough to ask a running one how it is. */
export interface DaemonIdentity {
  /** v1's program name, such as `jaeger-collector`. */
  readonly program: string;
  readonly adminPort: number;
  /** v1's all-in-one reports a failed start on standard error only, the others on both. */
  readonly errorsOnStderrOnly?: boolean;
}

/** What makes one daemon differ from another. */
export interface DaemonDefinition extends DaemonIdentity {
  readonly summary: string;
  /** Prefix of `build_info`, such as `jaeger_collector`. */
  readonly metricsNamespace: string;
  readonly commands: readonly Command[];
  readonly environmentVariables: readonly EnvironmentVariable[];
  /**
   * The flags besides the common ones; they may depend on the environment (the storage type). When that asks for what is not there,
   * the flags of all that could be chosen, so that help can always be given.
   */
  readonly flags: (environment: Environment, args: readonly string[]) => readonly FlagGroup[];
  /** Throws `INVALID_SETTINGS` when the environment asks for what is not there; a daemon then does not start. */
  readonly check?: (environment: Environment, args: readonly string[]) => void;
  /**
   * In how many processes the daemon works, sharing its listening ports; one when absent. Throws `INVALID_SETTINGS` when the settings
   * do not allow several. `start` then runs in each of them.
   */
  readonly workers?: (settings: Settings) => number;
  /** Lines at the end of `--help`. */
  readonly notes: readonly string[];
  /** Starts the parts in order, adding each to the lifecycle. The daemon is healthy once this resolves. */
  readonly start: (context: DaemonContext) => Promise<void>;
}

export interface DaemonContext {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly lifecycle: Lifecycle;
  /** What parts know of being unable to work just now; shown at `/ready` of the admin port. */
  readonly readiness: Readiness;
  /** Which of several processes this is; absent when there is one. What bounds the whole daemon is to be divided among them. */
  readonly worker?: WorkerRole;
  /** Where the admin server listens. */
  readonly adminAddress: HostPort;
  /** Fires when the daemon is asked to stop. A start that waits for somebody gives up then, and rejects with the signal's reason. */
  readonly stopping: AbortSignal;
  /** Prints a line for the operator on standard output, once the daemon is ready. */
  readonly announce: (line: string) => void;
  /** Ends the daemon, as a fatal failure of one of its parts after the start has to. */
  readonly fail: (error: unknown) => void;
}

/** The process around a daemon; tests give their own. */
export interface DaemonProcess {
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly columns?: number;
  readonly stdoutIsTty?: boolean;
  readonly stderrIsTty?: boolean;
  /** Takes the log's lines; standard error unless given. */
  readonly log?: (line: string) => void;
  /** How an operator starts this program again, for help; v1's program name unless given. */
  readonly invocation?: string;
  /** Resolves when the daemon is asked to stop. */
  readonly stopRequested?: Promise<unknown>;
}
