import { useState } from "preact/hooks";
import { serviceColour } from "../format/service-colour.ts";
import { formatCount } from "../format/text.ts";
import { dark } from "../settings.ts";
import type { DependencyLink } from "./links.ts";

type Column = keyof DependencyLink;
const COLUMNS: readonly { readonly key: Column; readonly label: string }[] = [
  { key: "parent", label: "Caller" },
  { key: "child", label: "Callee" },
  { key: "callCount", label: "Calls" },
];

/** The graph as a table: sortable, and what a screen reader or a very large system gets. */
export function LinksTable({ links }: { readonly links: readonly DependencyLink[] }) {
  const [sort, setSort] = useState<{ readonly key: Column; readonly down: boolean }>({ key: "callCount", down: true });
  const sorted = [...links].sort((a, b) => {
    const order = sort.key === "callCount" ? a.callCount - b.callCount : a[sort.key].localeCompare(b[sort.key], "en");
    return sort.down ? -order : order;
  });
  const max = Math.max(1, ...links.map((link) => link.callCount));
  const service = (name: string) => (
    <a href={`search?${new URLSearchParams({ service: name, lookback: "1h", limit: "20" })}`}>
      <span class="swatch" style={{ background: serviceColour(name, dark.value) }} /> {name}
    </a>
  );
  return (
    <div class="links-table">
      <table>
        <thead>
          <tr>
            {COLUMNS.map(({ key, label }) => (
              <th key={key} aria-sort={sort.key !== key ? "none" : sort.down ? "descending" : "ascending"}>
                <button
                  type="button"
                  onClick={() => setSort({ key, down: sort.key === key ? !sort.down : key === "callCount" })}
                >
                  {label}
                  {sort.key === key && <span aria-hidden="true">{sort.down ? " ↓" : " ↑"}</span>}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((link) => (
            <tr key={`${link.parent}\n${link.child}`}>
              <td>{service(link.parent)}</td>
              <td>{service(link.child)}</td>
              <td class="calls">
                <span class="duration-bar" style={{ width: `${(100 * link.callCount) / max}%` }} />
                <span>{formatCount(link.callCount)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
