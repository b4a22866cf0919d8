// All jobs of the data directory: those that run, then those that ended.
import { useState } from "preact/hooks";
import { bytes, count, duration, grouped, time, utc } from "./format.js";
import { Empty, Problem, Spark, State, usePoll } from "./parts.jsx";
import { note, rate } from "./rates.js";

const RUNS = new Set(["RUNNING", "RESTARTING", "CREATED"]);
const FEW = 8;

function Running({ job, now }) {
  const history = note(job, now);
  const { checkpoints } = job;
  return (
    <tr>
      <th scope="row"><a href={`#/jobs/${job.id}`}>{job.name}</a></th>
      <td><State state={job.state} /></td>
      <td class="number" data-name="Rows/s"><Spark values={history.rows} label={`rows a second of ${job.name}`} /><b>{count(rate(history))}</b></td>
      <td class="number" data-name="Lag">{job.watermark === null ? "–" : duration(now - job.watermark)}</td>
      <td class="wide" data-name="Watermark (UTC)">{utc(job.watermark)}</td>
      <td class="number" data-name="State">{bytes(job.state_bytes)}</td>
      <td class={`number ${checkpoints.failed_in_a_row ? "warn" : ""}`} data-name="Last checkpoint">
        {checkpoints.completed === 0 ? "none yet" : `#${checkpoints.last_id} · ${duration(checkpoints.last_millis)}`}
        {checkpoints.failed_in_a_row > 0 && ` · ${checkpoints.failed_in_a_row} failed`}
      </td>
      <td class={`number ${job.restarts ? "warn" : ""}`} data-name="Restarts">{job.restarts}</td>
      <td class="number" data-name="Up">{duration(now - job.started)}</td>
    </tr>
  );
}

const firstLine = (text) => text.split("\n")[0];

function Ended({ job }) {
  return (
    <tr>
      <th scope="row"><a href={`#/jobs/${job.id}`}>{job.name}</a></th>
      <td><State state={job.state} /></td>
      <td data-name="Ended">{time(job.ended)}</td>
      <td class="reason" title={job.failure}>{firstLine(job.failure)}</td>
    </tr>
  );
}

export function Jobs() {
  const { data, error } = usePoll("/figures", 2000);
  const [all, setAll] = useState(false);
  if (!data) return error ? <Problem error={error} /> : <p class="waiting" aria-busy="true">…</p>;
  const running = data.jobs.filter((job) => RUNS.has(job.state)).sort((a, b) => a.name.localeCompare(b.name));
  const ended = data.jobs.filter((job) => !RUNS.has(job.state)).sort((a, b) => b.ended - a.ended);
  const sum = running.reduce((total, job) => total + (rate(note(job, data.now)) ?? 0), 0);
  return (
    <>
      <div class="title">
        <h1>Jobs</h1>
        <p class="muted">{running.length} running · {count(sum)} rows/s · {grouped(ended.length)} ended</p>
      </div>
      <Problem error={error} />
      {running.length === 0 ? (
        <Empty title="No job runs">
          <p>An <code>INSERT INTO … SELECT …</code> starts one. <a href="#/sql">Write SQL</a>, or run a file: <code>weir run -d sales.sql</code></p>
        </Empty>
      ) : (
        <div class="card scrolls" role="region" aria-label="Jobs that run" tabIndex={0}>
          <table class="list">
            <thead>
              <tr><th>Job</th><th>State</th><th class="number">Rows/s</th><th class="number">Lag</th><th class="wide">Watermark (UTC)</th><th class="number">State</th>
                <th class="number">Last checkpoint</th><th class="number">Restarts</th><th class="number">Up</th></tr>
            </thead>
            <tbody>{running.map((job) => <Running key={job.id} job={job} now={data.now} />)}</tbody>
          </table>
        </div>
      )}
      {ended.length > 0 && (
        <section>
          <h2>Ended</h2>
          <div class="card scrolls" role="region" aria-label="Jobs that ended" tabIndex={0}>
            <table class="list ended">
              <thead><tr><th>Job</th><th>State</th><th>Ended</th><th>Why</th></tr></thead>
              <tbody>{(all ? ended : ended.slice(0, FEW)).map((job) => <Ended key={job.id} job={job} />)}</tbody>
            </table>
          </div>
          {ended.length > FEW && <button type="button" class="quiet" onClick={() => setAll(!all)}>{all ? "Fewer" : `All ${ended.length}`}</button>}
        </section>
      )}
    </>
  );
}
