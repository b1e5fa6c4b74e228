import { createDataClient } from "./data-client.ts";

/** The one data client of the page. */
export const dataClient = createDataClient(
  () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "data" }),
);
