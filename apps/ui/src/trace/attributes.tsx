import { CopyButton } from "../components/copy-button.tsx";
import { prettyJson, safeLink } from "../format/text.ts";
import type { Attribute } from "../trace-data/span-detail.ts";

/** A list of keys and values. Values are text and nothing else: a link only when it is http, https or mailto. */
export function Attributes({ list, filter }: { readonly list: readonly Attribute[]; readonly filter: string }) {
  const needle = filter.trim().toLowerCase();
  const shown =
    needle === "" ? list : list.filter(({ key, value }) => `${key}=${value}`.toLowerCase().includes(needle));
  if (shown.length === 0) return <p class="muted">{list.length === 0 ? "None" : "None matches the filter"}</p>;
  return (
    <dl class="attributes">
      {shown.map(({ key, type, value }, index) => (
        // Keys may repeat, so the place is part of the identity.
        <div key={`${index} ${key}`}>
          <dt title={type === "" ? key : `${key} (${type})`}>
            <Key name={key} />
          </dt>
          <dd>
            <Value value={value} />
            <CopyButton text={value} what={key} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A key that may break after its dots. */
function Key({ name }: { readonly name: string }) {
  const parts = name.split(/(?<=[./])/).slice(0, 40);
  return <>{parts.length < 40 ? parts.map((part, i) => [part, i < parts.length - 1 && <wbr key={i} />]) : name}</>;
}

function Value({ value }: { readonly value: string }) {
  if (value === "") return <span class="muted">empty</span>;
  const link = safeLink(value);
  if (link !== undefined) {
    return (
      <a href={link} target="_blank" rel="noopener noreferrer nofollow">
        {value}
      </a>
    );
  }
  const json = prettyJson(value);
  if (json !== undefined || value.includes("\n") || value.length > 400) return <pre>{json ?? value}</pre>;
  return <span>{value}</span>;
}
