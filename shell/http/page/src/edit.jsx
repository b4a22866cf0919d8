// Editing a running query: old and new side by side, what becomes of the state of every operator, what must be allowed
// for that, and a button. The server does the rest, whether or not this page stays open.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { awaitOperation, get, post } from "./api.js";
import { catalog } from "./catalog.js";
import { EditorPlace, useEditor } from "./editing.jsx";
import { diagnosticsOf, findingsOf } from "./findings.js";
import { bytes, duration, grouped, time } from "./format.js";
import { Dialog, Problem, State } from "./parts.jsx";
import { scriptOf } from "./sql_text.js";

const WAIT = 600;
const GRAVITY = { loss: 0, care: 1, good: 2 };
const KIND = {
  FULL: "good", NEW: "good", MIGRATE: "good", PARTIAL: "care", SEMANTIC: "care", DROP: "loss", RESET: "loss", INCOMPATIBLE: "loss",
};
const STEPS = {
  check: "Check the new query against the state",
  stop: "Stop with a savepoint",
  start: "Start the new query from it",
  watch: "Watch its first rows and checkpoint",
  back: "Go back to the old query",
};
const OUTCOMES = {
  edited: ["The new query runs.", "good"],
  refused: ["Refused. The job runs as before.", "care"],
  reverted: ["The new query failed, and nothing of it was committed. The old one runs again from where it was stopped.", "care"],
  left: ["The new query did not stay up, after it may have committed rows: to go back by itself would give rows twice.", "loss"],
  down: ["The new query failed, and the old one could not be started again.", "loss"],
};

function Progress({ now, since }) {
  const [words, kind] = OUTCOMES[now.outcome] ?? ["Under way. It goes on if this page is closed.", ""];
  const ended = now.status.id === "COMPLETED";
  return (
    <section class="card progress" aria-label="Progress" role="status">
      <ol>
        {now.steps.map((step, i) => (
          <li key={`${step.name}${i}`} class={step.done ? "done" : ended ? "broken" : "now"}>
            <b>{STEPS[step.name] ?? step.name}</b>
            <span>{step.text || (ended ? "failed" : "…")}</span>
            <time>{i > 0 || since ? `+${duration(step.millis - now.steps[0].millis)}` : ""}</time>
          </li>
        ))}
      </ol>
      <p class={`outcome ${kind}`}>{words}</p>
      {now.failure && <pre>{now.failure.text}</pre>}
      {ended && now.way_back && (
        <div class="way-back">
          <p>The way back to the old query, which goes on from where it was stopped. What the new one has committed stays, and comes a second time:</p>
          <pre><code>{now.way_back}</code></pre>
        </div>
      )}
      {ended && now.savepoint && <p class="muted">The savepoint of the old query stays in <code class="path">{now.savepoint}</code></p>}
      {ended && now.job && <p><a class="button" href={`#/jobs/${now.job}`}>See the job</a></p>}
    </section>
  );
}

function Verdict({ row, ticks, onTick, onShow }) {
  const given = ticks.get(row.uid);
  const clause = row.needs || given;
  return (
    <tr>
      <td><span class={`badge ${KIND[row.verdict] ?? ""}`}>{row.text}</span></td>
      <th scope="row"><button type="button" class="link" onClick={onShow} disabled={!onShow || row.end <= row.begin}><code>{row.uid}</code></button><small class="kind">{row.operator}</small></th>
      <td class="number" data-name="Rows">{grouped(row.rows)}</td>
      <td class="number" data-name="Bytes">{bytes(row.bytes)}</td>
      <td class="why" data-name="Why">
        {row.reason}
        {row.saved && <small>saved: <code>{row.saved}</code></small>}
        {row.now && <small>now: <code>{row.now}</code></small>}
        {row.mixed && <small class="mixed">{row.mixed.trim().replace(/^\s*mixed\s+/gm, "mixed: ")}</small>}
        {clause && (
          <label class="allow"><input type="checkbox" checked={Boolean(given)} onChange={() => onTick(row.uid, clause)} /> Allow: <code>{clause}</code></label>
        )}
      </td>
    </tr>
  );
}

// What needs somebody to think comes first.
const byGravity = (rows) => [...rows].sort((a, b) => GRAVITY[KIND[a.verdict]] - GRAVITY[KIND[b.verdict]]);

function Report({ report, ticks, onTick, onShow }) {
  const renames = [...new Set([...report.missing.filter((clause) => clause.startsWith("WITH STATE")),
    ...[...ticks].filter(([key]) => key.startsWith("WITH STATE")).map(([, clause]) => clause)])];
  const loose = report.missing.filter((clause) => !clause.startsWith("WITH STATE") && report.rows.every((row) => !row.needs));
  return (
    <section aria-label="What becomes of the state">
      <div class="row">
        <h2>What becomes of the state</h2>
        <span class="muted">from {report.from.kind} {report.from.id} of {time(report.from.completed)}</span>
      </div>
      {[...renames, ...loose].map((clause) => (
        <label key={clause} class="allow loose"><input type="checkbox" checked={ticks.has(clause)} onChange={() => onTick(clause, clause)} />
          {clause.startsWith("WITH STATE") ? " It is a rename: " : " Allow: "}<code>{clause}</code></label>
      ))}
      <div class="card scrolls" role="region" aria-label="Verdicts" tabIndex={0}>
        <table class="list verdicts">
          <thead><tr><th>Verdict</th><th>Operator</th><th class="number">Rows</th><th class="number">Bytes</th><th>Why</th></tr></thead>
          <tbody>{byGravity(report.rows).map((row) => <Verdict key={`${row.verdict} ${row.uid}`} row={row} ticks={ticks} onTick={onTick} onShow={onShow && (() => onShow(row))} />)}</tbody>
        </table>
      </div>
      {report.notices.filter((one) => !/^NOTICE: job .* is running/.test(one)).map((one) => <p key={one} class="muted">{one}</p>)}
      {!report.allowed && report.missing.length === 0 && <Problem><p>{report.refusal}</p></Problem>}
    </section>
  );
}

export function Edit({ id, request }) {
  const { editor, error: fault } = useEditor();
  const place = useRef();
  const comparison = useRef(null);
  const latest = useRef(0);
  const [job, setJob] = useState(null);
  const [old, setOld] = useState(null);
  const [script, setScript] = useState(null);
  const [report, setReport] = useState(null);
  const [ticks, setTicks] = useState(new Map());
  const [error, setError] = useState(null);
  const [asked, setAsked] = useState(false);
  const [pending, setPending] = useState(false);
  const [progress, setProgress] = useState(null);
  const [narrow, setNarrow] = useState(innerWidth < 860);

  useEffect(() => {
    Promise.all([get(`/jobs/${id}/source`), get(`/jobs/${id}/figures`)]).then(([source, figures]) => {
      const text = scriptOf(source);
      setJob(figures);
      setOld(text);
      setScript(sessionStorage.getItem(`weir.edit.${id}`) ?? text);
    }, setError);
    const resized = () => setNarrow(innerWidth < 860);
    addEventListener("resize", resized);
    return () => removeEventListener("resize", resized);
  }, [id]);

  useLayoutEffect(() => {
    if (!editor || old === null) return undefined;
    const opened = editor.openComparison(place.current, { old, doc: script, label: "The new query", narrow, catalog, check: findingsOf, onChange: setScript });
    comparison.current = opened;
    // The statement is what most come for; its tables stand above it.
    editor.lookAt(place.current, opened.view, Math.max(0, script.lastIndexOf("\n\n", script.trimEnd().length - 2) + 2));
    return () => { comparison.current = null; opened.close(); };
  }, [editor, old, narrow]);

  const clauses = [...new Set(ticks.values())].join("\n");
  // The verdicts follow what is typed and ticked.
  const explain = async () => {
    latest.current += 1;
    const mine = latest.current;
    setPending(true);
    try {
      const found = await post("/explain-restore", { job: id, script, clauses });
      if (mine !== latest.current) return;
      setReport(found);
      setError(null);
    } catch (failure) {
      if (mine !== latest.current) return;
      setReport(null);
      setError(failure);
    }
    setPending(false);
  };
  useEffect(() => {
    if (script === null || request) return undefined;
    if (script !== old) sessionStorage.setItem(`weir.edit.${id}`, script);
    else sessionStorage.removeItem(`weir.edit.${id}`);
    setPending(true);
    const timer = setTimeout(explain, WAIT);
    return () => clearTimeout(timer);
  }, [script, clauses, old, request]);

  // An edit that was begun here, or by a page that was closed meanwhile.
  useEffect(() => {
    if (!request) { setProgress(null); return undefined; }
    let ended = false;
    const look = async () => {
      try {
        const now = await get(`/restore/${request}`);
        if (ended) return;
        setProgress(now);
        if (now.status.id === "COMPLETED") {
          if (now.outcome === "edited") sessionStorage.removeItem(`weir.edit.${id}`);
          const view = comparison.current?.view;
          if (now.failure?.begin !== undefined && view)
            editor.mark(view, diagnosticsOf(view.state.doc.toString(), [{ ...now.failure, severity: "error" }]));
          return;
        }
      } catch (failure) {
        if (failure.status) { setError(failure); return; }
      }
      if (!ended) setTimeout(look, 500);
    };
    look();
    return () => { ended = true; };
  }, [request, old, editor]);

  const begin = async () => {
    setAsked(false);
    try {
      const { "request-id": begun } = await post("/restore", { job: id, script, clauses });
      location.hash = `#/jobs/${id}/edit/${begun}`;
    } catch (failure) {
      setError(failure);
    }
  };
  const checkpoint = async () => {
    try {
      const { "request-id": begun } = await post(`/jobs/${id}/checkpoints`, {});
      await awaitOperation(`/jobs/${id}/checkpoints/${begun}`);
      await explain();
    } catch (failure) {
      setError(failure);
    }
  };
  const tick = (key, clause) => setTicks((before) => {
    const now = new Map(before);
    if (now.has(key)) now.delete(key); else now.set(key, clause);
    return now;
  });
  const show = (row) => {
    const [found] = diagnosticsOf(script, [{ ...row, severity: "warning" }]);
    const { view } = comparison.current;
    view.dispatch({ selection: { anchor: found.from, head: found.to }, scrollIntoView: true });
    view.focus();
  };
  const changed = script !== old;
  const open = editor !== null && old !== null;
  const runs = job !== null && job.ended < 0;
  const under = request && progress?.status.id !== "COMPLETED";

  return (
    <div class="edit">
      <div class="title">
        <h1><a href="#/jobs" class="crumb">Jobs</a> {job ? <a href={`#/jobs/${id}`} class="crumb">{job.name}</a> : null} Edit the query {job && <State state={job.state} />}</h1>
        <div class="actions">
          {changed && !request && <button type="button" disabled={!open} onClick={() => { const { view } = comparison.current; view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: old } }); setTicks(new Map()); }}>Undo all</button>}
          {!request && (
            <button type="button" class="primary" disabled={!changed || pending || !report?.allowed} onClick={() => setAsked(true)}>
              {pending && changed ? "Checking…" : runs ? "Stop, restore, watch…" : "Restore, watch…"}
            </button>
          )}
          {request && !under && <a class="button" href={`#/jobs/${progress.job || id}/edit`}>Edit again</a>}
        </div>
      </div>
      {!narrow && !fault && <div class="sides" aria-hidden="true"><span>As it runs</span><span>New</span></div>}
      <EditorPlace place={place} kind="compare" waits={!editor} error={fault} />
      {error && !request && (
        <Problem>
          <pre>{error.text ?? error.message}</pre>
          {error.body?.code === "E7004" && <button type="button" onClick={checkpoint}>Take a checkpoint</button>}
        </Problem>
      )}
      {error && request && <Problem error={error} />}
      {progress && <Progress now={progress} since={under} />}
      {!request && report && (changed
        ? <Report report={report} ticks={ticks} onTick={tick} onShow={open ? show : null} />
        : <p class="muted">Change the query on the {narrow ? "page" : "right"}: what becomes of the state of every operator is said here as you type.</p>)}
      {asked && (
        <Dialog title={runs ? "Replace the running query?" : "Go on with the new query?"} action={runs ? "Stop, restore, watch" : "Restore, watch"} onYes={begin} onNo={() => setAsked(false)}>
          {runs
            ? <p><b>{job.name}</b> is stopped with a savepoint and goes on as the new query. If that fails at its first rows, the old one goes on from the savepoint as if nothing had been changed.</p>
            : <p><b>{job.name}</b> goes on from its latest checkpoint as the new query.</p>}
          {clauses && <><p>You allow:</p><pre class="code">{clauses}</pre></>}
        </Dialog>
      )}
    </div>
  );
}
