export { JsonBytes } from "./json-bytes.ts";
export { JsonLiteral } from "./json-literal.ts";
