import { runMappings, runProcess } from "@spoor/elasticsearch-tools";

await runProcess(runMappings);
