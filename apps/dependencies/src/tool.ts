import type { ToolDefinition } from "@spoor/daemon";
import { daysOf } from "./days.ts";
import { flagEnvironment, withoutEffect } from "./environment.ts";
import { FLAGS } from "./flags.ts";
import { runJob } from "./job.ts";
import { openRecount } from "./open-recount.ts";

/** `dependencies [FIRST_DAY [LAST_DAY]]`, with the environment of v1's Spark job. */
export const DEPENDENCIES: ToolDefinition = {
  program: "jaeger-spark-dependencies",
  summary:
    "Spoor dependencies: counts who calls whom on a day from the spans that are stored, and writes it where v1 looks for it, in place of what is there.",
  groups: FLAGS,
  maxWords: 2,
  environment: flagEnvironment,
  notes: (command) => [
    "Arguments: one day, or the first and the last of several, such as 2026-11-24; all days are UTC.",
    `  STORAGE=cassandra CASSANDRA_CONTACT_POINTS=10.0.0.1 ${command} 2026-11-23`,
    `  STORAGE=elasticsearch ES_NODES=http://es:9200 ${command} 2026-11-01 2026-11-23`,
    "",
    "Every flag is an environment variable too: upper case, '.' and '-' as '_'. Those of v1's Spark job are understood:",
    "  STORAGE, DATE, PEER_SERVICE_TAG",
    "  CASSANDRA_CONTACT_POINTS, _KEYSPACE (default jaeger_v1_dc1), _LOCAL_DC, _USERNAME, _PASSWORD, _USE_SSL",
    "  ES_NODES, ES_USERNAME, ES_PASSWORD, ES_INDEX_PREFIX, ES_INDEX_DATE_SEPARATOR, ES_USE_ALIASES; OS_ for ES_ with OpenSearch",
    "",
    "Exit code 0: every day is written. 1: not; days that were told of are written, others are as they were.",
  ],
  async run(settings, signal, words) {
    for (const name of withoutEffect(process.env)) process.stderr.write(`${name} has no effect here\n`);
    const days = daysOf(words, settings.string("date"), Date.now());
    const store = await openRecount(settings);
    try {
      await runJob(
        store,
        {
          days,
          peerServiceTag: settings.string("peer-service-tag") || undefined,
          force: settings.bool("force"),
          dryRun: settings.bool("dry-run"),
          nowMs: Date.now(),
          signal,
        },
        (line) => process.stdout.write(`${line}\n`),
      );
    } finally {
      await store.close();
    }
    return 0;
  },
};
