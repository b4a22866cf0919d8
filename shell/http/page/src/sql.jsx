// Writing SQL: errors as one types, completion, and rows as they come.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ServerError, post, stream } from "./api.js";
import { catalog } from "./catalog.js";
import { EditorPlace, useEditor } from "./editing.jsx";
import { isNumber, shown } from "./exact.js";
import { EXAMPLES } from "./examples.js";
import { findingsOf } from "./findings.js";
import { grouped, placesOf } from "./format.js";
import { Problem } from "./parts.jsx";

const KEEP = "weir.sql";
const MOST_ROWS = 500;
const MOST_GROUPS = 20000;

// The rows of a SELECT as they are now: changes take rows back.
class Folded {
  constructor(columns) {
    this.columns = columns;
    this.rows = new Map();
    this.changes = 0;
    this.number = 0;
    this.updates = false;
    this.dropped = 0;
  }

  apply({ op, row }) {
    this.changes += 1;
    const text = JSON.stringify(row);
    if (op === "+I" || op === "+U") {
      const same = this.rows.get(text) ?? { row, keys: [] };
      this.number += 1;
      same.keys.push(this.number);
      this.rows.set(text, same);
      if (!this.updates && this.rows.size > MOST_ROWS) { this.rows.delete(this.rows.keys().next().value); this.dropped += 1; }
      return;
    }
    this.updates = true;
    const same = this.rows.get(text);
    if (!same) return;
    same.keys.pop();
    if (same.keys.length === 0) this.rows.delete(text);
  }

  // The newest first.
  shown() {
    const all = [];
    for (const { row, keys } of this.rows.values()) for (const key of keys) all.push([key, row]);
    return all.slice(-MOST_ROWS).sort((a, b) => b[0] - a[0]);
  }
}

const NUMERIC = /^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)/;

function Rows({ columns, rows, live }) {
  return (
    <div class="card scrolls rows" role="region" aria-label="Rows" tabIndex={0}>
      <table class="list plain grid">
        <thead><tr>{columns.map((column) => <th key={column.name} class={NUMERIC.test(column.type) ? "number" : ""}>{column.name}<small>{column.type}</small></th>)}</tr></thead>
        <tbody>
          {rows.map(([key, row]) => (
            <tr key={key} class={live ? "fresh" : ""}>{row.map((value, i) => <td key={columns[i].name} class={value === null ? "null" : isNumber(value) ? "number" : ""}>{shown(value)}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// What a statement answered besides rows.
const Words = ({ answer }) => (
  <>
    {answer.message && <p>{answer.message} {/^Job /.test(answer.message) && <a href="#/jobs">See the jobs</a>}</p>}
    {answer.text && <pre class="code card" tabIndex={0} role="region" aria-label="Answer">{answer.text}</pre>}
    {answer.path && <p>Savepoint: <code class="path">{answer.path}</code></p>}
    {(answer.notices ?? []).map((notice) => <p key={notice} class="muted">{notice}</p>)}
  </>
);

export function Sql() {
  const { editor, error: fault } = useEditor();
  const place = useRef();
  const focusBefore = useRef(document.activeElement);
  const view = useRef();
  const stop = useRef(null);
  const runs = useRef(() => {});
  const [findings, setFindings] = useState([]);
  const [result, setResult] = useState(null);
  const [running, setRunning] = useState(false);

  useLayoutEffect(() => {
    if (!editor) return undefined;
    view.current = editor.openEditor(place.current, {
      doc: sessionStorage.getItem(KEEP) ?? EXAMPLES[0].sql,
      label: "SQL",
      catalog,
      check: async (text) => {
        const found = await findingsOf(text);
        setFindings(found);
        return found;
      },
      onChange: (text) => sessionStorage.setItem(KEEP, text),
      onRun: () => runs.current(false),
    });
    // One who went elsewhere while it was fetched stays there.
    if (document.activeElement === focusBefore.current) view.current.focus();
    return () => { stop.current?.abort(); view.current.destroy(); };
  }, [editor]);

  const runOne = async (text, before, controller) => {
    let folded = null;
    let answer = null;
    let timer = 0;
    const show = (ended) => {
      timer = 0;
      setResult(folded
        ? { columns: folded.columns, rows: folded.shown(), changes: folded.changes, more: folded.dropped, ended, answer }
        : { answer, ended: true });
    };
    await stream(text, before, controller.signal, (lines) => {
      for (const line of lines) {
        if (line.op) folded.apply(line);
        else if (line.errors) throw new ServerError(400, line);
        else if (line.columns && !line.rows) folded = new Folded(line.columns);
        else answer = line;
      }
      if (folded && folded.rows.size > MOST_GROUPS) throw new ServerError(0, { errors: [`more than ${grouped(MOST_GROUPS)} rows are shown nowhere: add a LIMIT or a WHERE`] });
      if (folded && !timer) timer = setTimeout(() => show(false), 200);
    }).finally(() => clearTimeout(timer));
    if (answer?.columns && answer.rows) {
      setResult({ columns: answer.columns, rows: answer.rows.map((row, i) => [i, row]), changes: answer.rows.length, ended: true, answer });
    } else {
      show(true);
    }
  };

  // The statement at the cursor, or all of them one after the other. Each has a session of its own, which begins with
  // what the statements before it have changed in theirs.
  runs.current = async (all) => {
    const text = view.current.state.doc.toString();
    const controller = new AbortController();
    stop.current?.abort();
    stop.current = controller;
    setRunning(true);
    setResult(null);
    try {
      const { statements } = await post("/validate", { script: text }, controller.signal);
      const at = placesOf(text);
      const cursor = view.current.state.selection.main.head;
      const parts = statements.map((one) => text.slice(at(one.begin), at(one.end)));
      const chosen = statements.findLastIndex((one) => at(one.begin) <= cursor);
      let before = "";
      for (let i = 0; i < parts.length; i += 1) {
        if (all || i === Math.max(0, chosen)) await runOne(parts[i], before, controller);
        if (statements[i].of_session) before += `${parts[i]};\n`;
      }
      catalog.get(true).catch(() => {});
    } catch (error) {
      if (error.name !== "AbortError") setResult((now) => ({ ...now, ended: true, error }));
      else setResult((now) => (now ? { ...now, ended: true, cancelled: true } : null));
    }
    if (stop.current === controller) setRunning(false);
  };

  const example = (event) => {
    const found = EXAMPLES.find((one) => one.name === event.target.value);
    if (found) view.current.dispatch({ changes: { from: 0, to: view.current.state.doc.length, insert: found.sql } });
    event.target.value = "";
    view.current.focus();
  };

  return (
    <div class="sql">
      <div class="title">
        <h1>SQL</h1>
        <div class="actions">
          <select aria-label="Examples" onChange={example} disabled={!editor}>
            <option value="">Examples…</option>
            {EXAMPLES.map((one) => <option key={one.name}>{one.name}</option>)}
          </select>
          <button type="button" onClick={() => runs.current(true)} disabled={running || !editor}>Run all</button>
          {running ? <button type="button" class="danger" onClick={() => stop.current?.abort()}>Cancel</button>
            : <button type="button" class="primary" onClick={() => runs.current(false)} disabled={!editor} title="Ctrl+Enter: the statement at the cursor">Run</button>}
        </div>
      </div>
      <EditorPlace place={place} waits={!editor} error={fault} />
      <ul class="findings" aria-live="polite">
        {findings.map((one) => (
          <li key={`${one.from} ${one.message}`} class={one.severity}>
            <button type="button" class="quiet" onClick={() => { view.current.dispatch({ selection: { anchor: one.from, head: one.to }, scrollIntoView: true }); view.current.focus(); }}>
              {view.current.state.doc.lineAt(Math.min(one.from, view.current.state.doc.length)).number}
            </button>
            <span>{one.message}</span>
          </li>
        ))}
      </ul>
      {result && (
        <section class="result" aria-label="Result">
          {result.error && <Problem error={result.error} />}
          {result.columns && (
            <>
              <p class="muted" role="status">
                {result.ended ? (result.cancelled ? "Cancelled: " : "") : "Live: "}{grouped(result.changes)} {result.changes === 1 ? "change" : "changes"}, {grouped(result.rows.length)} rows shown
                {result.more > 0 && ", the newest"}
              </p>
              <Rows columns={result.columns} rows={result.rows} live={!result.ended} />
            </>
          )}
          {result.answer && <Words answer={result.answer} />}
        </section>
      )}
    </div>
  );
}
