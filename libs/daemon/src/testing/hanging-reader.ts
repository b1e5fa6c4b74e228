import { readFile } from "node:fs";
import { exitPromptly } from "../prompt-exit.ts";

// Ends while a thread waits for a file: hanging-reader.ts FILE EXIT-CODE
const [file = "", code = "0"] = process.argv.slice(2);

exitPromptly();
readFile(file, () => undefined);
setTimeout(() => {
  process.stdout.write("the last line\n".repeat(10_000));
  process.exit(Number(code));
}, 100);
