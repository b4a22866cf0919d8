// A job's chains of operators as they run: laid out by dagre, with how busy each is and what flows between them.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { bytes, count, percent } from "./format.js";

const WIDTH = 272;
const HEAD = 26;
const ROW = 38;

// Initialized by the first graph, and not by the page, whose first paint would wait for it.
const layouts = () => require("@dagrejs/dagre");

// Operators of one chain run in one thread, and share a box.
function chainsOf(operators) {
  const chains = [];
  operators.forEach((node, index) => {
    let chain = chains.find((one) => one.chain === node.chain);
    if (!chain) { chain = { chain: node.chain, parallelism: node.parallelism, members: [] }; chains.push(chain); }
    chain.members.push(index);
  });
  return chains;
}

// From left to right where there is room, else from top to bottom.
function layout(operators, across) {
  const chains = chainsOf(operators);
  const dagre = layouts();
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: across ? "LR" : "TB", nodesep: 22, ranksep: across ? 96 : 52, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const boxOf = new Map(operators.map((node, i) => [i, chains.findIndex((one) => one.chain === node.chain)]));
  chains.forEach((chain, i) => graph.setNode(String(i), { width: WIDTH, height: HEAD + ROW * chain.members.length + 6 }));
  const flows = operators.flatMap((node, to) => node.inputs.map((input) => ({ from: input.from, to, exchange: input.exchange })))
    .filter((flow) => boxOf.get(flow.from) !== boxOf.get(flow.to));
  flows.forEach((flow, k) => graph.setEdge(String(boxOf.get(flow.from)), String(boxOf.get(flow.to)), {}, String(k)));
  dagre.layout(graph);
  const { width, height } = graph.graph();
  return {
    width: Math.ceil(width || WIDTH + 24),
    height: Math.ceil(height || HEAD + ROW + 30),
    chains: chains.map((chain, i) => ({ ...chain, place: graph.node(String(i)) })),
    flows: flows.map((flow, k) => ({ ...flow, points: graph.edge({ v: String(boxOf.get(flow.from)), w: String(boxOf.get(flow.to)), name: String(k) }).points })),
  };
}

function pathOf([first, ...rest]) {
  let path = `M${first.x},${first.y}`;
  if (rest.length === 1) return `${path} L${rest[0].x},${rest[0].y}`;
  for (let i = 0; i < rest.length - 1; i += 1) {
    const last = i === rest.length - 2;
    path += ` Q${rest[i].x},${rest[i].y} ${last ? rest[i + 1].x : (rest[i].x + rest[i + 1].x) / 2},${last ? rest[i + 1].y : (rest[i].y + rest[i + 1].y) / 2}`;
  }
  return path;
}

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const heat = (busy) => (busy === undefined ? "" : busy > 0.8 ? "hot" : busy > 0.4 ? "warm" : "cool");
const wait = (blocked) => (blocked > 0.5 ? "high" : blocked > 0.1 ? "low" : "");

function OperatorRow({ node, after, y, figures, isBottleneck, chosen, onChoose }) {
  const rows = figures ? (node.kind === "Sink" ? figures.in : figures.out) : null;
  const notes = [after && `from ${after}`, node.uid.split("/").pop(), node.state_bytes > 0 && bytes(node.state_bytes), node.late_rows > 0 && `${count(node.late_rows)} late`,
    node.skipped_records > 0 && `${count(node.skipped_records)} skipped`].filter(Boolean).join(" · ");
  return (
    <g
      class={`operator ${isBottleneck ? "bottleneck" : ""} ${chosen ? "chosen" : ""}`} transform={`translate(0,${y})`}
      role="button" tabindex={0} data-uid={node.uid} aria-pressed={chosen} onClick={onChoose}
      onKeyDown={(event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); onChoose(); } }}
    >
      <rect x="3" width={WIDTH - 6} height={ROW} rx="5" />
      <text x="12" y="16" class="name">{shortened(node.name, 23)}</text>
      <text x="12" y="31" class="note">{shortened(notes, 30)}</text>
      <text x={WIDTH - 12} y="16" class="note end">{rows === null ? "–" : `${count(rows)}/s`}</text>
      <text x={WIDTH - 12} y="31" class="note end">{figures && figures.busy >= 0.005 ? percent(figures.busy) : ""}</text>
    </g>
  );
}

// The name of the operator of the chain that one reads from, where that is not the one above it.
function branchesFrom(job, members, i) {
  const inside = job.operators[members[i]].inputs.map((input) => input.from).find((from) => members.includes(from));
  return i > 0 && inside !== undefined && inside !== members[i - 1] ? job.operators[inside].name : null;
}

function Chain({ chain, job, rates, chosen, onChoose }) {
  const { place, members, parallelism } = chain;
  const figures = rates?.chains.get(chain.chain);
  const left = place.x - WIDTH / 2;
  return (
    <g class={`chain ${heat(figures?.busy)} ${rates?.bottleneck?.chain === chain.chain ? "bottleneck" : ""}`} transform={`translate(${left},${place.y - place.height / 2})`}>
      <rect class="box" width={WIDTH} height={place.height} rx="8" />
      <text x="12" y="17" class="note">{figures ? `busy ${percent(figures.busy)}` : "busy –"}{figures?.blocked > 0.1 ? ` · waits ${percent(figures.blocked)}` : ""}</text>
      <text x={WIDTH - 12} y="17" class="note end">{parallelism > 1 ? `× ${parallelism}` : ""}</text>
      <rect class="track" x="12" y={HEAD - 4} width={WIDTH - 24} height="2.5" rx="1.2" />
      <rect class="busy" x="12" y={HEAD - 4} width={(WIDTH - 24) * (figures?.busy ?? 0)} height="2.5" rx="1.2" />
      {members.map((index, i) => (
        <OperatorRow key={job.operators[index].uid} node={job.operators[index]} after={branchesFrom(job, members, i)} y={HEAD + 2 + i * ROW} figures={rates?.operators[index]}
          isBottleneck={rates?.bottleneck?.index === index} chosen={chosen === job.operators[index].uid}
          onChoose={() => onChoose(chosen === job.operators[index].uid ? null : job.operators[index].uid)} />
      ))}
    </g>
  );
}

function Flow({ flow, job, rates }) {
  const blocked = rates?.chains.get(job.operators[flow.from].chain)?.blocked ?? 0;
  const middle = flow.points[Math.floor(flow.points.length / 2)];
  const rows = rates ? `${count(rates.operators[flow.from].out)}/s` : "";
  return (
    <g class={`flow ${wait(blocked)}`}>
      <path d={pathOf(flow.points)} marker-end={`url(#arrow${wait(blocked) && "-wait"})`} />
      <text x={middle.x} y={middle.y - 6} text-anchor="middle">{rows}</text>
      <text x={middle.x} y={middle.y + 15} text-anchor="middle">{blocked > 0.1 ? `waits ${percent(blocked)}` : flow.exchange.toLowerCase()}</text>
    </g>
  );
}

export function Graph({ job, rates, chosen, onChoose }) {
  const place = useRef();
  const [room, setRoom] = useState(1000);
  useEffect(() => {
    const watcher = new ResizeObserver(() => setRoom(place.current.clientWidth - 12));
    watcher.observe(place.current);
    return () => watcher.disconnect();
  }, []);
  const across = room >= 640;
  const shape = job.operators.map((node) => `${node.uid}<${node.inputs.map((input) => input.from)}`).join(";");
  const drawn = useMemo(() => layout(job.operators, across), [shape, across]);
  // Large graphs scroll rather than become unreadable.
  const scale = Math.max(0.78, Math.min(1, room / drawn.width));
  return (
    <div class="graph" ref={place} role="group" aria-label="Operators of the job" tabIndex={0}>
      <svg width={drawn.width * scale} height={drawn.height * scale} viewBox={`0 0 ${drawn.width} ${drawn.height}`}>
        <defs>
          {["", "-wait"].map((kind) => (
            <marker key={kind} id={`arrow${kind}`} class={`arrow${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0,1 L7,4 L0,7 z" />
            </marker>
          ))}
        </defs>
        {drawn.flows.map((flow) => <Flow key={`${flow.from}-${flow.to}`} flow={flow} job={job} rates={rates} />)}
        {drawn.chains.map((chain) => <Chain key={chain.chain} chain={chain} job={job} rates={rates} chosen={chosen} onChoose={onChoose} />)}
      </svg>
    </div>
  );
}
