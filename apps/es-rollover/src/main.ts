import { runProcess, runRollover } from "@spoor/elasticsearch-tools";

await runProcess(runRollover);
