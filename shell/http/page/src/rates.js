// Counters become rates: the difference of two samples. What is known of a job stays while one goes from view to view.

const KEPT = 180;
const histories = new Map();

// Adds a sample of a job, and returns its history: arrays of equal length by time.
export function note(job, now) {
  let known = histories.get(job.id);
  if (!known || known.started !== job.started || (known.last && known.last.source_rows > job.source_rows)) {
    known = { started: job.started, time: [], rows: [], lag: [], state: [], last: null };
    histories.set(job.id, known);
  }
  const before = known.last;
  if (before && now - before.now < 400) return known;
  known.last = { now, source_rows: job.source_rows };
  if (!before) return known;
  known.time.push(now / 1000);
  known.rows.push(((job.source_rows - before.source_rows) * 1000) / (now - before.now));
  known.lag.push(job.watermark === null ? null : (now - job.watermark) / 1000);
  known.state.push(job.state_bytes);
  for (const name of ["time", "rows", "lag", "state"]) if (known[name].length > KEPT) known[name].shift();
  return known;
}

export const rate = (known) => (known && known.rows.length > 0 ? known.rows[known.rows.length - 1] : null);

// Shares and rates of operators between two answers of /jobs/:job/figures; null before there are two.
export function between(before, now) {
  if (!before || !now || before.id !== now.id || before.started !== now.started || before.restarts !== now.restarts) return null;
  const seconds = (now.now - before.now) / 1000;
  if (seconds < 0.4 || before.operators.length !== now.operators.length) return null;
  const chains = new Map();
  for (const task of now.tasks) {
    const old = before.tasks.find((one) => one.chain === task.chain && one.subtask === task.subtask);
    const ran = old ? task.running_nanos - old.running_nanos : 0;
    if (ran <= 0) continue;
    const blocked = Math.min(1, Math.max(0, (task.blocked_nanos - old.blocked_nanos) / ran));
    const idle = Math.min(1, Math.max(0, (task.idle_nanos - old.idle_nanos) / ran));
    const busy = Math.max(0, 1 - blocked - idle);
    const chain = chains.get(task.chain) ?? { busy: 0, blocked: 0 };
    chains.set(task.chain, { busy: Math.max(chain.busy, busy), blocked: Math.max(chain.blocked, blocked) });
  }
  const operators = now.operators.map((node, i) => {
    const old = before.operators[i];
    return {
      in: Math.max(0, (node.rows_in - old.rows_in) / seconds),
      out: Math.max(0, (node.rows_out - old.rows_out) / seconds),
      busy: Math.min(1, Math.max(0, (node.busy_nanos - old.busy_nanos) / 1e9 / seconds / node.parallelism)),
    };
  });
  return { operators, chains, bottleneck: bottleneckOf(now, operators, chains) };
}

// The busiest chain that others wait for, or one that never rests; of it, the operator that takes most of the time.
function bottleneckOf(job, operators, chains) {
  let worst = null;
  for (const [chain, { busy }] of chains) {
    const feeders = new Set();
    job.operators.filter((node) => node.chain === chain).forEach((node) => node.inputs.forEach((input) => {
      const from = job.operators[input.from].chain;
      if (from !== chain) feeders.add(from);
    }));
    const holds = Math.max(0, ...[...feeders].map((from) => chains.get(from)?.blocked ?? 0));
    const limits = (holds > 0.1 && busy > 0.3) || busy > 0.9;
    const more = worst && (holds > 0.1) !== (worst.holds > 0.1) ? holds > 0.1 : worst && busy > worst.busy;
    if (limits && (!worst || more)) worst = { chain, busy, holds };
  }
  if (!worst) return null;
  let index = -1;
  job.operators.forEach((node, i) => {
    if (node.chain === worst.chain && (index < 0 || operators[i].busy > operators[index].busy)) index = i;
  });
  return { ...worst, index, name: job.operators[index].name };
}
