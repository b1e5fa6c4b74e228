import { parseExactJson } from "../document/exact-json.ts";

/** How the answer to a bulk begins, of which only `errors` and `items` were asked for, when all its documents are stored. */
const NO_ERRORS = '{"errors":false,"items":[';

/** What a server answers, parsed. The list of such a bulk says the same of each document and is left out. */
export function parseAnswer(json: string): unknown {
  return json.startsWith(NO_ERRORS) ? { errors: false } : parseExactJson(json);
}
