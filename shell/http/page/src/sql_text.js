// Statements that were printed on one line, in lines for people. Only the blanks between words change.

const TOKEN = /'(?:[^']|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_][A-Za-z0-9_]*|\s+|./g;
const CLAUSE = new Set(["SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT", "WINDOW", "QUALIFY"]);
const JOINS = new Set(["JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS"]);

export function formatted(sql) {
  if (sql.includes("\n") || sql.length < 72) return sql;
  const tokens = sql.match(TOKEN) ?? [];
  const creates = /^\s*CREATE/i.test(sql) && !/^\s*CREATE\s+(TEMPORARY\s+)?VIEW/i.test(sql);
  return creates ? asDefinition(tokens) : asQuery(tokens);
}

// Columns and options a line each.
function asDefinition(tokens) {
  let out = "";
  let depth = 0;
  for (const token of tokens) {
    if (/^\s+$/.test(token)) { if (!/\s$/.test(out)) out += " "; continue; }
    if (token === "(") { depth += 1; out += depth === 1 ? "(\n  " : "("; continue; }
    if (token === ")") { depth -= 1; out = depth === 0 ? `${out.trimEnd()}\n)` : `${out})`; continue; }
    out += token === "," && depth === 1 ? ",\n  " : token;
  }
  return out;
}

// Clauses a line each, and those of subqueries further right.
function asQuery(tokens) {
  let out = "";
  const depths = [];
  const indent = () => "  ".repeat(depths.filter((query) => query).length);
  const words = tokens.filter((token) => !/^\s+$/.test(token));
  words.forEach((token, i) => {
    const word = token.toUpperCase();
    const before = (words[i - 1] ?? "").toUpperCase();
    const next = (words[i + 1] ?? "").toUpperCase();
    const inQuery = depths.length === 0 || depths[depths.length - 1];
    const breaks = inQuery && ((CLAUSE.has(word) && !(word === "SELECT" && before === "(") && before !== "DISTINCT") ||
      (JOINS.has(word) && !JOINS.has(before) && before !== "OUTER" && (word === "JOIN" || next === "JOIN" || next === "OUTER")) ||
      word === "INSERT" || (word === "WITH" && before !== ")" && i > 0));
    if (breaks && i > 0) out = `${out.trimEnd()}\n${indent()}`;
    else if (token === ")" && depths[depths.length - 1]) out = out.trimEnd();
    else if (!tight(before, token) && !/\s$/.test(out) && out) out += " ";
    if (token === "(") depths.push(next === "SELECT" || next === "WITH");
    if (token === "(" && depths[depths.length - 1]) { out += `(\n${indent()}`; return; }
    if (token === ")") {
      if (depths.pop()) out += `\n${indent()}`;
    }
    out += token;
  });
  return out;
}

const tight = (before, token) =>
  token === "," || token === ")" || token === "." || token === ";" || before === "(" || before === "." ||
  (token === "(" && /^[A-Z_`"]/.test(before) && !CLAUSE.has(before) && !["AS", "IN", "ON", "AND", "OR", "NOT", "INTO", "TABLE", "WITH", "OVER", "VALUES", "BY"].includes(before)) ||
  (/^[=<>!|:]$/.test(before) && /^[=<>|:]$/.test(token));

// A job's tables and statement as a script that can be edited.
export function scriptOf(source) {
  const moves = source.definitions.some((one) => /^\s*USE\b/i.test(one));
  const definitions = source.definitions.map((one) =>
    formatted(moves ? one : one.replaceAll("`default_catalog`.`default_database`.", "")).trim());
  const statement = formatted(source.written.trim()).trim();
  return [...definitions, statement].map((one) => `${one};\n`).join("\n");
}
