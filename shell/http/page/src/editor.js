// CodeMirror for SQL: what is wrong as one types, completion from the catalog, old and new side by side. Each editor
// is in a shadow root: there CodeMirror's styles are sheets that the page's Content-Security-Policy lets pass.
// This is most of the page's script, and a file of its own, which is fetched when a view first wants it (editing.js).
// It imports nothing else of the page, of which it would have a second copy: what it asks the server goes through
// `check` and `catalog`, which who opens an editor gives it.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { SQLDialect, sql } from "@codemirror/lang-sql";
import { HighlightStyle, bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, linter, setDiagnostics } from "@codemirror/lint";
import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// CodeMirror sets the attribute "style" here and there, which the policy forbids; the property does the same.
const setAttribute = Element.prototype.setAttribute;
Element.prototype.setAttribute = function set(name, value) {
  if (name === "style") this.style.cssText = value;
  else setAttribute.call(this, name, value);
};

const theme = EditorView.theme({
  "&": { backgroundColor: "var(--card)", color: "var(--text)", fontSize: "13px", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-gutters": { backgroundColor: "var(--card)", color: "var(--muted)", border: "none" },
  ".cm-activeLine": { backgroundColor: "var(--hover)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--selection)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selection)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "6px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "15em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent-fill)", color: "var(--on-accent)" },
  ".cm-completionDetail": { fontStyle: "normal", marginLeft: "1em", opacity: 0.8 },
  ".cm-completionIcon": { display: "none" },
  ".cm-diagnostic": { whiteSpace: "pre-wrap", padding: "6px 10px" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--red)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--amber)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--red) 1.5px", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--amber) 1.5px", textUnderlineOffset: "3px" },
  ".cm-changedLine, &.cm-merge-b .cm-changedLine": { backgroundColor: "var(--added)" },
  "&.cm-merge-a .cm-changedLine, .cm-deletedChunk": { backgroundColor: "var(--removed)" },
  "&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText": { background: "var(--removed-word)" },
  "&.cm-merge-b .cm-changedText, .cm-changedText": { background: "var(--added-word)" },
  ".cm-collapsedLines": { background: "var(--hover)", color: "var(--muted)", padding: "2px 8px" },
  ".cm-collapsedLines:before, .cm-collapsedLines:after": { content: "''" },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--keyword)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--number)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: tags.typeName, color: "var(--type)" },
]);

const TYPES = "tinyint smallint int integer bigint float double decimal numeric boolean string varchar char bytes varbinary binary date time timestamp timestamp_ltz interval row array map multiset";
const FIRST_WORDS = "select from where group by having order insert into values create table view job with as join left right full inner cross on and or not case when then else end union all distinct tumble hop cumulate descriptor interval watermark for set reset show describe explain stop drop restore";

const dialectOf = (known) => SQLDialect.define({
  keywords: (known?.keywords.join(" ") ?? FIRST_WORDS).toLowerCase(),
  types: TYPES,
  builtin: "",
  identifierQuotes: "`\"",
  doubleQuotedStrings: false,
  hashComments: false,
});

// Tables that the script itself creates.
function tablesOf(text) {
  const found = [];
  const pattern = /create\s+(?:or\s+replace\s+)?(?:temporary\s+)?table\s+(?:if\s+not\s+exists\s+)?`?([\w.]+)`?\s*\(/gi;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    let depth = 1;
    let part = "";
    const parts = [];
    for (let i = pattern.lastIndex; i < text.length && depth > 0; i += 1) {
      const letter = text[i];
      if (letter === "(") depth += 1;
      if (letter === ")") depth -= 1;
      if ((letter === "," && depth === 1) || depth === 0) { parts.push(part.trim()); part = ""; } else part += letter;
    }
    const columns = parts.map((one) => /^`?(\w+)`?\s+(.*)/s.exec(one)).filter((one) => one && !/^(watermark|primary|constraint)$/i.test(one[1]))
      .map((one) => ({ name: one[1], type: one[2].split(/\s+(?:not|as|metadata|comment|primary)\b/i)[0] }));
    found.push({ name: match[1], kind: "table", columns });
  }
  return found;
}

const statementAround = (text, at) => {
  const begin = text.lastIndexOf(";", at - 1) + 1;
  const end = text.indexOf(";", at);
  return text.slice(begin, end < 0 ? text.length : end);
};

const completing = (catalog) => async (context) => {
  const word = context.matchBefore(/[\w`]*(?:\.[\w`]*)?/);
  if (!context.explicit && (!word || word.from === word.to)) return null;
  const text = context.state.doc.toString();
  const server = await catalog.get().catch(() => ({ tables: [], functions: [], keywords: [] }));
  const tables = [...tablesOf(text), ...server.tables.filter((one) => !tablesOf(text).some((mine) => mine.name === one.name))];
  const statement = statementAround(text, context.pos);
  const named = tables.filter((table) => new RegExp(`\\b${table.name.replaceAll(".", "\\.")}\\b`, "i").test(statement));
  const typed = text.slice(word?.from ?? context.pos, context.pos);
  const columns = (table) => table.columns.map((column) => ({ label: column.name, detail: column.type, type: "property", boost: 3 }));
  if (typed.includes(".")) {
    const alias = typed.split(".")[0].replaceAll("`", "");
    const meant = new RegExp(`([\\w.]+)\\s+(?:as\\s+)?${alias}\\b`, "i").exec(statement)?.[1] ?? alias;
    const table = tables.find((one) => one.name.toLowerCase() === alias.toLowerCase()) ?? tables.find((one) => one.name.toLowerCase() === meant.toLowerCase());
    return table ? { from: word.from + typed.indexOf(".") + 1, options: columns(table), validFor: /^\w*$/ } : null;
  }
  const before = /(\w+)\s+[\w`]*$/.exec(text.slice(0, context.pos))?.[1]?.toUpperCase();
  const ofTables = tables.map((table) => ({ label: table.name, detail: table.kind, type: "class", boost: 2 }));
  const from = word?.from ?? context.pos;
  if (["FROM", "JOIN", "INTO", "TABLE", "DESCRIBE"].includes(before)) return { from, options: ofTables, validFor: /^[\w`]*$/ };
  const lower = /^[a-z]/.test(typed);
  const cased = (name) => (lower ? name.toLowerCase() : name);
  return {
    from,
    options: [
      ...new Map(named.flatMap(columns).map((one) => [one.label, one])).values(), ...ofTables,
      ...server.functions.map((name) => ({ label: cased(name), detail: "function", type: "function" })),
      ...server.keywords.map((name) => ({ label: cased(name), type: "keyword", boost: -1 })),
    ],
    validFor: /^[\w`]*$/,
  };
};

const checks = (check) => linter((view) => check(view.state.doc.toString()).catch(() => []), { delay: 350 });

function common(label, language, { catalog }) {
  return [
    lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
    syntaxHighlighting(colours), theme, language.of(sql({ dialect: dialectOf(catalog.known()) })), EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
  ];
}

// What only a text that can be changed has. Tab moves on to what follows, as everywhere on the page.
const editing = ({ check, catalog, onChange, onRun }) => [
  highlightActiveLine(), autocompletion({ override: [completing(catalog)] }), lintGutter(), checks(check),
  keymap.of([
    { key: "Mod-Enter", run: () => { onRun?.(); return true; } },
    ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap,
  ]),
  EditorView.updateListener.of((update) => { if (update.docChanged) onChange?.(update.state.doc.toString()); }),
];

const rootOf = (host) => {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  const parent = document.createElement("div");
  parent.style.height = "100%";
  root.append(parent);
  return { root, parent };
};

const refine = (view, language, { catalog }) => catalog.get().then((known) =>
  view.dispatch({ effects: language.reconfigure(sql({ dialect: dialectOf(known) })) }), () => {});

// An editor in the element `host`. `check` gives the diagnostics of a text, `catalog` what catalog.js has.
export function openEditor(host, { doc, label, ...calls }) {
  const { root, parent } = rootOf(host);
  const language = new Compartment();
  const view = new EditorView({ root, parent, doc, extensions: [common(label, language, calls), editing(calls)] });
  refine(view, language, calls);
  return view;
}

// The old text and the new one, which can be changed: side by side, or one below the other where it is narrow.
export function openComparison(host, { old, doc, label, narrow, ...calls }) {
  const { root, parent } = rootOf(host);
  const language = new Compartment();
  // Of a text that was not changed yet all would be folded.
  const collapseUnchanged = old === doc ? undefined : { margin: 3, minSize: 6 };
  if (narrow) {
    const view = new EditorView({
      root, parent, doc,
      extensions: [common(label, language, calls), editing(calls), unifiedMergeView({ original: old, mergeControls: false, collapseUnchanged })],
    });
    refine(view, language, calls);
    return { view, close: () => view.destroy() };
  }
  const other = new Compartment();
  const both = new MergeView({
    root, parent, collapseUnchanged,
    a: { doc: old, extensions: [common("The query as it runs", other, calls), EditorState.readOnly.of(true)] },
    b: { doc, extensions: [common(label, language, calls), editing(calls)] },
  });
  refine(both.b, language, calls);
  refine(both.a, other, calls);
  return { view: both.b, close: () => both.destroy() };
}

// Brings a place to the top of the element that the editor is in.
export const lookAt = (host, view, at) => setTimeout(() => { host.scrollTop = view.lineBlockAt(at).top; }, 100);
export const mark = (view, diagnostics) => view.dispatch(setDiagnostics(view.state, diagnostics));
