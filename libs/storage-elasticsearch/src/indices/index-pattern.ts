/** Whether a pattern of a template, in which `*` stands for anything, covers an index. */
export function matchesPattern(pattern: string, name: string): boolean {
  const expression = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${expression.join(".*")}$`).test(name);
}
