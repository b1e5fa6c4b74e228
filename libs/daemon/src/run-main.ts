import { runDaemon } from "./daemon.ts";
import type { DaemonDefinition } from "./daemon-definition.ts";
import { ownInvocation } from "./invocation.ts";
import { errorText } from "./logger.ts";
import { collectWhenNearlyFull } from "./old-generation.ts";
import { keepYoungGenerationSmall } from "./young-generation.ts";

/** What an app's `main.ts` calls: runs the daemon with this process's arguments and ends the process with its exit code. */
export async function runMain(definition: DaemonDefinition): Promise<void> {
  keepYoungGenerationSmall();
  collectWhenNearlyFull();
  process.on("uncaughtException", (error) => {
    process.stderr.write(
      `${JSON.stringify({ level: "fatal", ts: Date.now() / 1000, msg: "Uncaught exception", error: errorText(error), stacktrace: error.stack })}\n`,
    );
    process.exit(1);
  });
  const code = await runDaemon(definition, {
    args: process.argv.slice(2),
    environment: process.env,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    columns: process.stdout.columns,
    stdoutIsTty: process.stdout.isTTY === true,
    stderrIsTty: process.stderr.isTTY === true,
    invocation: ownInvocation(),
  });
  process.exit(code);
}
