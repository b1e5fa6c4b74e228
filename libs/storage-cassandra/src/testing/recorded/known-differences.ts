/** Why an answer differs from v1's. */
type Reason =
  /** v1 wants operation and tags somewhere in the trace; here one span meets all conditions. */
  | "one-span"
  /** v1 has no row for long values, long keys and JSON objects and so finds none; here the spans themselves are looked at. */
  | "unindexed-values"
  /** v1 finds no binary value; here it has a row with its hex. */
  | "binary-values"
  /** v1 compares times and durations with "less" and "greater"; here bounds belong to the range, and durations have no upper limit. */
  | "inclusive-bounds"
  /** v1 searches durations by whole hours, whatever the time range says. */
  | "exact-times"
  /** v1 refuses it. */
  | "duration-with-tags"
  /** One trace took the other's row in v1's index; it is found by another one. */
  | "collision"
  /** v1 takes any of the traces it found; here the newest come. */
  | "newest"
  /** v1 fails; see the differences of the query API. */
  | "query-api"
  /** v1's answer depends on when it was asked. */
  | "now";

export const KNOWN_DIFFERENCES: Readonly<Record<string, Reason>> = {
  "two tags on different spans of a trace": "one-span",
  "operation and tag on different spans": "one-span",
  "tag value of length 256": "unindexed-values",
  "tag value of length 257": "unindexed-values",
  "tag value 256 bytes in 128 characters": "unindexed-values",
  "key of 256": "unindexed-values",
  "JSON value": "unindexed-values",
  "duration min": "inclusive-bounds",
  "duration max": "inclusive-bounds",
  "duration exact bounds": "inclusive-bounds",
  "duration min equal to a span": "inclusive-bounds",
  "duration max equal to a span": "inclusive-bounds",
  "duration over 24 h": "inclusive-bounds",
  "duration zero spans": "inclusive-bounds",
  "window up to midnight": "inclusive-bounds",
  "window of one microsecond": "inclusive-bounds",
  "window, operation, exact": "inclusive-bounds",
  "tag in a window, exact": "inclusive-bounds",
  "epoch span": "inclusive-bounds",
  "duration outside the window but same hour bucket": "exact-times",
  "duration, half hour bucket": "exact-times",
  "duration and tags": "duration-with-tags",
  "same microsecond collision": "collision",
  "limit 1": "newest",
  "limit 2": "newest",
  "limit negative": "query-api",
  "start after end": "query-api",
  "no start, no end": "now",
};

/** Only what this project wrote has rows for binary values. */
export const KNOWN_DIFFERENCES_OF_OUR_ROWS: Readonly<Record<string, Reason>> = {
  ...KNOWN_DIFFERENCES,
  "tag binary as hex": "binary-values",
};
