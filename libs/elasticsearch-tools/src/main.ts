import { errorText } from "@spoor/daemon";
import type { ToolContext } from "./commands.ts";
import { stderrLog } from "./log.ts";

/** What a tool's `main.ts` calls: runs it with this process's arguments; 0 is success, 1 a failure, which is told on the standard error. */
export async function runProcess(run: (context: ToolContext) => Promise<void>): Promise<void> {
  try {
    await run({
      args: process.argv.slice(2),
      environment: process.env,
      print: (text) => process.stdout.write(text),
      log: stderrLog,
      nowMs: Date.now(),
    });
  } catch (error) {
    process.stderr.write(`Error: ${errorText(error)}\n`);
    process.exitCode = 1;
  }
}
