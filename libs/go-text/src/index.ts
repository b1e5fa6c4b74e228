export { formatGoDuration, parseGoDuration } from "./duration.ts";
export { goJsonFloat, goJsonString } from "./json.ts";
export { goJsonSyntaxError } from "./json-syntax.ts";
export { goQuote, goQuoteTime } from "./quote.ts";
