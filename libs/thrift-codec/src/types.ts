/** Type numbers of the binary protocol; the compact protocol's are translated to them. */
export const TYPE = {
  stop: 0,
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
} as const;

export type ThriftProtocol = "binary" | "compact";

/** Types of messages, as in a message's header. */
export const MESSAGE_TYPE = { call: 1, reply: 2, exception: 3, oneway: 4 } as const;
