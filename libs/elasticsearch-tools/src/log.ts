/** A line for the operator. */
export type Log = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Lines of JSON on the standard error, as v1's tools write them. */
export const stderrLog: Log = (message, fields = {}) => {
  process.stderr.write(`${JSON.stringify({ level: "info", msg: message, ...fields })}\n`);
};
