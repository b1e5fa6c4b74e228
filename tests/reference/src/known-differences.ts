/**
 * What differs from v1's tables on purpose, as lines of `describeDifference`, under the reason: the heading of an entry of
 * docs/reference/differences-from-v1.md. What no longer differs fails the test, so the list stays true.
 */
export const DIFFERENCES_BY_REASON: Readonly<Record<string, readonly RegExp[]>> = {
  "own-flags": [
    // In every command line, but no setting: it is not among the documented ones.
    /^help: not there$/,
  ],
  "all-in-one-ports": [/^collector\.zipkin\.host-port: "" became ":9411"$/],
  "embedded-instead-of-badger": [/^memory\.max-traces: not there$/],
  badger: [/^badger\.directory-(key|value): "<executable dir>\/data\/(keys|values)" became "\.\/data\/\2"$/],
  "kafka-acks": [/^kafka\.producer\.required-acks: "local" became "all"$/],
};
