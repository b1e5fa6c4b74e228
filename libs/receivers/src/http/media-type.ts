/** What Go's `mime.ParseMediaType` says is wrong with a Content-Type. */
export class MediaTypeError extends Error {
  override readonly name = "MediaTypeError";
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * The media type of a Content-Type header, lower case and without parameters. Throws {@link MediaTypeError} with Go's words; an
 * invalid parameter is an error even though parameters are ignored.
 */
export function parseMediaType(header: string): string {
  const [first = "", ...parameters] = header.split(";");
  const type = first.trim().toLowerCase();
  checkType(type);
  let rest = parameters.join(";");
  while (rest.trim() !== "") {
    const match = /^\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]+)\s*(?:;|$)/.exec(rest);
    // Go forgives a `;` with nothing behind it.
    if (match === null || !TOKEN.test(match[1] ?? "")) throw new MediaTypeError("mime: invalid media parameter");
    const value = match[2] ?? "";
    if (!value.startsWith('"') && !TOKEN.test(value)) throw new MediaTypeError("mime: invalid media parameter");
    rest = rest.slice(match[0].length);
  }
  return type;
}

function checkType(type: string): void {
  const token = /^[^\s/,;]*/.exec(type)?.[0] ?? "";
  if (token === "" || !TOKEN.test(token)) throw new MediaTypeError("mime: no media type");
  const rest = type.slice(token.length);
  if (rest === "") return;
  if (!rest.startsWith("/")) throw new MediaTypeError("mime: expected slash after first token");
  const subtype = /^[^\s/,;]*/.exec(rest.slice(1))?.[0] ?? "";
  if (subtype === "") throw new MediaTypeError("mime: expected token after slash");
  if (subtype.length !== rest.length - 1) throw new MediaTypeError("mime: unexpected content after media subtype");
}
