import { runIndexCleaner, runProcess } from "@spoor/elasticsearch-tools";

await runProcess(runIndexCleaner);
