import type { DaemonDefinition, DaemonIdentity, DaemonProcess } from "./daemon-definition.ts";
import { errorText } from "./error-text.ts";
import { DaemonError } from "./errors.ts";
import { ownInvocation } from "./invocation.ts";
import { collectWhenNearlyFull } from "./old-generation.ts";
import { exitPromptly } from "./prompt-exit.ts";
import { reportError } from "./report-error.ts";
import { runStatus } from "./status-command.ts";
import { keepYoungGenerationSmall } from "./young-generation.ts";

/**
 * What an app's `main.ts` calls: runs the daemon with this process's arguments and ends the process with its exit code. `load` imports the
 * daemon's own code; `status` does without, and without most of this lib.
 */
export async function runMain(identity: DaemonIdentity, load: () => Promise<DaemonDefinition>): Promise<void> {
  const host: DaemonProcess = {
    args: process.argv.slice(2),
    environment: process.env,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    columns: process.stdout.columns,
    stdoutIsTty: process.stdout.isTTY === true,
    stderrIsTty: process.stderr.isTTY === true,
    invocation: ownInvocation(),
  };
  exitPromptly();
  if (host.args[0] === "status") process.exit(await statusOf(identity, host));
  keepYoungGenerationSmall();
  collectWhenNearlyFull();
  process.on("uncaughtException", (error) => {
    process.stderr.write(
      `${JSON.stringify({ level: "fatal", ts: Date.now() / 1000, msg: "Uncaught exception", error: errorText(error), stacktrace: error.stack })}\n`,
    );
    process.exit(1);
  });
  const { runDaemon } = await import("./daemon.ts");
  process.exit(await runDaemon(await load(), host));
}

async function statusOf(identity: DaemonIdentity, host: DaemonProcess): Promise<number> {
  try {
    return await runStatus(identity, host);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    reportError(identity, host, error);
    return 1;
  }
}
