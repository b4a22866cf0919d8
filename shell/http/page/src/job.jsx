// One job: its graph as it runs, checkpoints, SQL, failures, options, and what can be done with it.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { awaitOperation, get, patch, post } from "./api.js";
import { bytes, count, duration, grouped, percent, placesOf, soon, time, utc } from "./format.js";
import { Graph } from "./graph.jsx";
import { Chart, Dialog, Empty, Problem, State, Tabs, usePoll } from "./parts.jsx";
import { between, note, rate } from "./rates.js";
import { formatted } from "./sql_text.js";

const TABS = [["", "Overview"], ["checkpoints", "Checkpoints"], ["sql", "SQL"], ["failures", "Failures"], ["options", "Options"]];

const LONG_LAG = 60000;

const Figure = ({ name, value, title, warn }) => (
  <div class={`figure ${warn ? "warn" : ""}`} title={title}><dt>{name}</dt><dd>{value}</dd></div>
);

function Figures({ job, history }) {
  const lag = job.watermark === null || job.watermark === undefined ? null : job.now - job.watermark;
  return (
    <dl class="figures">
      <Figure name="Rows/s" value={count(rate(history))} />
      <Figure name="Rows read" value={count(job.source_rows)} title={grouped(job.source_rows)} />
      <Figure name="Lag" value={duration(lag)} title="the clock minus the least watermark" />
      <Figure name="Watermark" value={soon(job.watermark, job.now)} title={`${utc(job.watermark)} UTC`} />
      <Figure name="State" value={bytes(job.state_bytes)} />
      <Figure name="Last checkpoint" value={job.checkpoints.completed ? `#${job.checkpoints.last_id} · ${duration(job.checkpoints.last_millis)}` : "none yet"}
        warn={job.checkpoints.failed_in_a_row > 0} title={job.checkpoints.last_failure} />
      <Figure name="Late" value={count(job.late_rows)} warn={job.late_rows > 0} title="rows that came when their windows had been closed" />
      <Figure name="Skipped" value={count(job.skipped_records)} warn={job.skipped_records > 0} title="malformed records that were left out" />
      <Figure name="Restarts" value={job.restarts} warn={job.restarts > 0} />
      <Figure name={job.ended < 0 ? "Up" : "Ran"} value={duration((job.ended < 0 ? job.now : job.ended) - job.started)} />
    </dl>
  );
}

// What limits the job, in a sentence.
function Bottleneck({ job, rates }) {
  if (!rates) return <p class="verdict muted">Measuring…</p>;
  const { bottleneck } = rates;
  if (bottleneck) {
    return (
      <p class="verdict warn">
        <b>{bottleneck.name}</b> is the bottleneck: {percent(bottleneck.busy)} busy, {bottleneck.holds > 0.1 ? `and what feeds it waits ${percent(bottleneck.holds)} of the time.` : "and nothing waits: it takes rows as fast as it can."}
      </p>
    );
  }
  const lags = job.watermark !== null && job.now - job.watermark > LONG_LAG;
  const held = lags && job.operators.find((node) => node.held_back_by);
  return (
    <p class="verdict">
      No bottleneck: every operator keeps up.
      {held && <> The watermark of <b>{held.name}</b> waits for partition <code>{held.held_back_by}</code>.</>}
    </p>
  );
}

// The part of the statement that an operator comes from.
function Snippet({ source, uid }) {
  const place = source?.places.find((one) => one.uid === uid);
  if (!source) return null;
  if (!place) return <p class="muted">Where in the SQL it comes from is not known.</p>;
  const at = placesOf(source.written);
  const [begin, end] = [at(place.begin), at(place.end)];
  const from = source.written.lastIndexOf("\n", Math.max(0, begin - 1)) + 1;
  const close = source.written.indexOf("\n", end);
  const to = close < 0 ? source.written.length : close;
  return <pre class="snippet">{source.written.slice(from, begin)}<mark>{source.written.slice(begin, end)}</mark>{source.written.slice(end, to)}</pre>;
}

function OperatorPanel({ node, figures, chain, source, onClose }) {
  const close = useRef();
  // Before it is painted: effects that wait for that leave a moment in which keys go elsewhere.
  useLayoutEffect(() => { close.current.focus(); }, [node.uid]);
  // Escape closes it from wherever the focus is, for instance in the graph; that of a dialog is the dialog's.
  useLayoutEffect(() => {
    const pressed = (event) => { if (event.key === "Escape" && !document.querySelector("dialog[open]")) onClose(); };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [onClose]);
  return (
    <aside class="panel card" aria-label={`Operator ${node.name}`}>
      <header><h2>{node.name}</h2><button type="button" class="quiet" ref={close} onClick={onClose} aria-label="Close">✕</button></header>
      <dl class="pairs">
        <dt>uid</dt><dd><code>{node.uid}</code></dd>
        <dt>Kind</dt><dd>{node.kind} × {node.parallelism}</dd>
        <dt>Rows in</dt><dd>{grouped(node.rows_in)}{figures && ` · ${count(figures.in)}/s`}</dd>
        <dt>Rows out</dt><dd>{grouped(node.rows_out)}{figures && ` · ${count(figures.out)}/s`}</dd>
        <dt>Busy</dt><dd>{percent(figures?.busy)}{chain && ` · its threads ${percent(chain.busy)}, waiting for room ${percent(chain.blocked)}`}</dd>
        <dt>Watermark</dt><dd>{utc(node.watermark)}{node.held_back_by && ` · waits for ${node.held_back_by}`}</dd>
        <dt>State</dt><dd>{node.state_rows ? `${grouped(node.state_rows)} rows · ${bytes(node.state_bytes)}` : "none"}</dd>
        <dt>Late</dt><dd>{grouped(node.late_rows)}</dd>
        {node.skipped_records > 0 && <><dt>Skipped</dt><dd>{grouped(node.skipped_records)}</dd></>}
      </dl>
      <h3>SQL</h3>
      <Snippet source={source} uid={node.uid} />
    </aside>
  );
}

function Overview({ job, rates, history, source, theme }) {
  const [chosen, setChosen] = useState(null);
  const close = useCallback(() => setChosen(null), []);
  const index = job.operators.findIndex((node) => node.uid === chosen);
  if (job.operators.length === 0)
    return <Empty title="It does not run here"><p>An earlier process ran it. Its checkpoints and SQL are still there.</p></Empty>;
  const live = job.ended < 0;
  return (
    <>
      {live && <Bottleneck job={job} rates={rates} />}
      <div class={`split ${index >= 0 ? "open" : ""}`}>
        <div class="card"><Graph job={job} rates={live ? rates : null} chosen={chosen} onChoose={setChosen} /></div>
        {index >= 0 && (
          <OperatorPanel node={job.operators[index]} figures={rates?.operators[index]} chain={rates?.chains.get(job.operators[index].chain)}
            source={source} onClose={close} />
        )}
      </div>
      {history.time.length > 1 && (
        <div class="charts">
          <Chart title="Rows/s" time={history.time} values={history.rows} format={count} now={job.now} theme={theme} />
          <Chart title="Lag" time={history.time} values={history.lag} format={(seconds) => duration(seconds * 1000)} now={job.now} theme={theme} />
          <Chart title="State" time={history.time} values={history.state} format={bytes} now={job.now} theme={theme} />
        </div>
      )}
      {job.notices?.length > 0 && (
        <ul class="notices">{job.notices.map((notice) => <li key={notice.text}><time>{time(notice.millis)}</time> {notice.text}</li>)}</ul>
      )}
    </>
  );
}

function Checkpoints({ id }) {
  const { data, error } = usePoll(`/jobs/${id}/checkpoints`, 3000);
  if (!data) return error ? <Problem error={error} /> : null;
  const { counts, latest, history } = data;
  const most = Math.max(1, ...history.map((one) => one.end_to_end_duration));
  return (
    <>
      <dl class="figures">
        <Figure name="Completed" value={grouped(counts.completed)} />
        <Figure name="Failed" value={grouped(counts.failed)} warn={counts.failed > 0} title={latest.failed?.failure_message} />
        <Figure name="Under way" value={counts.in_progress} />
        <Figure name="Last savepoint" value={latest.savepoint ? time(latest.savepoint.trigger_timestamp) : "none"} title={latest.savepoint?.external_path} />
      </dl>
      {latest.failed && <Problem><p>The last one that failed: {latest.failed.failure_message}</p></Problem>}
      {history.length === 0 ? <Empty title="There is no checkpoint yet" /> : (
        <div class="card scrolls" role="region" aria-label="Checkpoints" tabIndex={0}>
          <table class="list">
            <thead><tr><th class="number">#</th><th>Completed</th><th>Took</th><th class="number">Written</th><th class="number">State</th><th>Where</th></tr></thead>
            <tbody>
              {history.map((one) => (
                <tr key={`${one.id} ${one.trigger_timestamp}`}>
                  <th scope="row" class="number">{one.id || ""}</th>
                  <td data-name="Completed" class={one.status === "FAILED" ? "warn" : ""}>{one.status === "FAILED" ? "failed" : time(one.latest_ack_timestamp)}</td>
                  <td data-name="Took"><span class="bar"><i style={{ width: `${(100 * one.end_to_end_duration) / most}%` }} /></span>{duration(one.end_to_end_duration)}</td>
                  <td class="number" data-name="Written">{bytes(one.checkpointed_size)}</td>
                  <td class="number" data-name="State">{bytes(one.state_size)}</td>
                  <td data-name="Where">{one.status === "FAILED" ? one.failure_message : one.discarded ? "not kept any more" : <code class="path">{one.external_path.replace("file:", "")}</code>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {latest.savepoint && <p class="muted">The last savepoint is in <code class="path">{latest.savepoint.external_path.replace("file:", "")}</code></p>}
    </>
  );
}

const Code = ({ label, text }) => <pre class="code card" tabIndex={0} role="group" aria-label={label}>{text}</pre>;

function SqlOfJob({ id, source }) {
  if (!source) return null;
  return (
    <>
      <div class="row"><h2>Statement</h2><span class="space" /><a class="button" href={`#/jobs/${id}/edit`}>Edit the query</a></div>
      <Code label="Statement" text={formatted(source.written)} />
      <h2>Tables and views</h2>
      {source.definitions.map((one) => <Code key={one} label="Definition" text={formatted(one)} />)}
      {source.restored_from && <p class="muted">It started from <code class="path">{source.restored_from}</code></p>}
    </>
  );
}

function Failures({ id, job }) {
  const { data, error } = usePoll(`/jobs/${id}/exceptions`, 5000);
  if (!data) return error ? <Problem error={error} /> : null;
  const { entries } = data.exceptionHistory;
  if (entries.length === 0 && !job.notices?.length) return <Empty title="Nothing has failed" />;
  return (
    <>
      {entries.map((entry) => (
        <section key={entry.timestamp}>
          <h2>{time(entry.timestamp)}{entry.exceptionName && ` · ${entry.exceptionName}`}</h2>
          <Code label="Failure" text={entry.stacktrace} />
        </section>
      ))}
      {job.notices?.length > 0 && (
        <ul class="notices">{job.notices.map((notice) => <li key={notice.text}><time>{time(notice.millis)}</time> {notice.text}</li>)}</ul>
      )}
    </>
  );
}

function Options({ source }) {
  if (!source) return null;
  const rows = Object.entries(source.options);
  if (rows.length === 0) return <Empty title="It has the options of the server" />;
  return (
    <div class="card scrolls" role="region" aria-label="Options of the job" tabIndex={0}>
      <table class="list plain">
        <thead><tr><th>Option</th><th>Value</th></tr></thead>
        <tbody>{rows.map(([key, value]) => <tr key={key}><th scope="row"><code>{key}</code></th><td><code>{value}</code></td></tr>)}</tbody>
      </table>
    </div>
  );
}

const QUESTIONS = {
  stop: {
    title: "Stop with a savepoint?",
    action: "Stop it",
    danger: true,
    text: (name) => <p>All that <b>{name}</b> has read so far is committed, and its state is saved. It can go on from there later, also with another query.</p>,
    run: async (id, fields) => {
      const { "request-id": request } = await post(`/jobs/${id}/stop`, { targetDirectory: fields.get("directory") || null, drain: false });
      const done = await awaitOperation(`/jobs/${id}/savepoints/${request}`);
      return `Stopped. The savepoint is in ${done.operation.location.replace("file:", "")}`;
    },
    directory: true,
  },
  savepoint: {
    title: "Take a savepoint?",
    action: "Take it",
    text: (name) => <p><b>{name}</b> goes on meanwhile. A savepoint stays until somebody removes it.</p>,
    run: async (id, fields) => {
      const { "request-id": request } = await post(`/jobs/${id}/savepoints`, { "target-directory": fields.get("directory") || null });
      const done = await awaitOperation(`/jobs/${id}/savepoints/${request}`);
      return `The savepoint is in ${done.operation.location.replace("file:", "")}`;
    },
    directory: true,
  },
  cancel: {
    title: "Cancel the job?",
    action: "Cancel it",
    danger: true,
    text: (name) => <p><b>{name}</b> ends at once. What it has not committed is lost, and so are its checkpoints unless its options keep them.</p>,
    run: async (id) => { await patch(`/jobs/${id}?mode=cancel`); return "Cancelled."; },
  },
};

function Actions({ job, onDone }) {
  const [asked, setAsked] = useState(null);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const [error, setError] = useState(null);
  const form = useRef();
  const question = QUESTIONS[asked];
  const run = async (work) => {
    setBusy(true);
    setError(null);
    setSaid("");
    try {
      setSaid(await work());
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
    setAsked(null);
    onDone();
  };
  const checkpoint = async () => {
    const { "request-id": request } = await post(`/jobs/${job.id}/checkpoints`, {});
    const done = await awaitOperation(`/jobs/${job.id}/checkpoints/${request}`);
    return `Checkpoint ${done.operation.checkpointId} is complete.`;
  };
  const live = job.ended < 0;
  const unfinished = job.state === "FAILED" || job.state === "SUSPENDED";
  const goOn = async () => (await post("/sql", { statement: `RESTORE JOB '${job.id}' FROM LATEST CHECKPOINT` })).message;
  return (
    <>
      <div class="actions">
        {unfinished && <button type="button" disabled={busy} onClick={() => run(goOn)} title="from its latest checkpoint">Go on</button>}
        {(live || unfinished) && <a class="button primary" href={`#/jobs/${job.id}/edit`}>Edit the query</a>}
        {live && (
          <>
            <button type="button" disabled={busy} onClick={() => run(checkpoint)}>Checkpoint</button>
            <button type="button" disabled={busy} onClick={() => setAsked("savepoint")}>Savepoint…</button>
            <button type="button" disabled={busy} onClick={() => setAsked("stop")}>Stop…</button>
            <button type="button" disabled={busy} class="danger" onClick={() => setAsked("cancel")}>Cancel…</button>
          </>
        )}
      </div>
      <p class="said" role="status">{said}</p>
      <Problem error={error} />
      {question && (
        <Dialog title={question.title} action={question.action} danger={question.danger} busy={busy} onNo={() => setAsked(null)}
          onYes={() => run(() => question.run(job.id, form.current ? new Map([["directory", form.current.value]]) : new Map()))}>
          {question.text(job.name)}
          {question.directory && <label>Directory of savepoints<input ref={form} placeholder="that of the options" /></label>}
        </Dialog>
      )}
    </>
  );
}

export function Job({ id, tab, theme }) {
  const { data: job, error, again } = usePoll(`/jobs/${id}/figures`, 1000);
  const [source, setSource] = useState(null);
  const before = useRef(null);
  const rates = useRef(null);
  useEffect(() => { get(`/jobs/${id}/source`).then(setSource, () => {}); }, [id]);
  if (!job) return error ? <Problem error={error} /> : <p class="waiting" aria-busy="true">…</p>;
  const history = job.here ? note(job, job.now) : { time: [], rows: [] };
  // A glance at a tab draws again without a new answer.
  if (before.current !== job) {
    const fresh = between(before.current, job);
    if (fresh) rates.current = fresh;
    if (fresh || !before.current || before.current.restarts !== job.restarts) before.current = job;
  }
  return (
    <>
      <div class="title">
        <h1><a href="#/jobs" class="crumb">Jobs</a> {job.name} <State state={job.state} /></h1>
        <Actions job={job} onDone={again} />
      </div>
      <Problem error={error} />
      {job.state === "FAILED" && job.failure && <Problem><pre>{job.failure}</pre></Problem>}
      {job.state === "RESTARTING" && <Problem><p>It starts again, after:</p><pre>{job.failure}</pre></Problem>}
      {job.here && <Figures job={job} history={history} />}
      <Tabs tabs={TABS} chosen={tab} base={`#/jobs/${id}`} />
      {tab === "" && <Overview job={job} rates={rates.current} history={history} source={source} theme={theme} />}
      {tab === "checkpoints" && <Checkpoints id={id} />}
      {tab === "sql" && <SqlOfJob id={id} source={source} />}
      {tab === "failures" && <Failures id={id} job={job} />}
      {tab === "options" && <Options source={source} />}
    </>
  );
}
