/** Lines of RFC 4180 ending with `\n`, as Go's `encoding/csv` writes them. */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(quoted).join(",")}\n`).join("");
}

/** Every row, whatever its number of fields; blank lines are left out. */
export function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let isQuoted = false;
  const endField = () => {
    row.push(field);
    field = "";
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (isQuoted) {
      if (character !== '"') field += character;
      else if (text[i + 1] === '"') {
        field += '"';
        i++;
      } else isQuoted = false;
    } else if (character === '"' && field === "") isQuoted = true;
    else if (character === ",") endField();
    else if (character === "\n") {
      if (field.endsWith("\r")) field = field.slice(0, -1);
      if (row.length > 0 || field !== "") {
        endField();
        rows.push(row);
        row = [];
      }
    } else field += character;
  }
  if (row.length > 0 || field !== "") {
    endField();
    rows.push(row);
  }
  return rows;
}

function quoted(field: string): string {
  const needsQuotes = field !== "" && (/[",\r\n]/.test(field) || /^\s/.test(field) || field === "\\.");
  return needsQuotes ? `"${field.replaceAll('"', '""')}"` : field;
}

/** The shortest decimal that reads back as the same number, without an exponent (Go's `FormatFloat(value, 'f', -1, 64)`). */
export function plainDecimal(value: number): string {
  const text = String(value);
  const [, sign = "", digits = "", fraction = "", exponentText = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (digits === "") return text;
  const exponent = Number(exponentText);
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}${fraction}`;
  return sign + digits + fraction.padEnd(exponent, "0");
}
