// Small pieces that views are made of.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { get } from "./api.js";

// The answer of a path, asked for again and again while somebody looks.
export function usePoll(path, millis) {
  const [now, setNow] = useState({ data: null, error: null });
  const again = useRef(() => {});
  useEffect(() => {
    let timer = 0;
    let ended = false;
    const controller = new AbortController();
    const ask = async () => {
      clearTimeout(timer);
      try {
        const data = await get(path, controller.signal);
        if (!ended) setNow({ data, error: null });
      } catch (error) {
        if (ended) return;
        setNow((before) => ({ data: before.data, error }));
      }
      if (!ended && millis && !document.hidden) timer = setTimeout(ask, millis);
    };
    const seen = () => { if (!document.hidden) ask(); };
    again.current = ask;
    ask();
    document.addEventListener("visibilitychange", seen);
    return () => {
      ended = true;
      clearTimeout(timer);
      controller.abort();
      document.removeEventListener("visibilitychange", seen);
    };
  }, [path, millis]);
  return { ...now, again: () => again.current() };
}

export function State({ state }) {
  return <span class={`state ${state.toLowerCase()}`}><i aria-hidden="true" />{state.toLowerCase()}</span>;
}

export function Problem({ error, children }) {
  if (!error && !children) return null;
  return <div class="problem" role="alert">{children ?? <pre>{error.text ?? error.message}</pre>}</div>;
}

export const Empty = ({ title, children }) => <div class="empty"><h2>{title}</h2>{children}</div>;

// A line of the last minutes, without axes.
export function Spark({ values, label }) {
  const shown = values.slice(-60);
  if (shown.length < 2) return <span class="spark" />;
  const most = Math.max(1e-9, ...shown.map((value) => value ?? 0));
  const points = shown.map((value, i) => `${(i * 80) / (shown.length - 1)},${17 - ((value ?? 0) / most) * 15}`);
  return (
    <svg class="spark" viewBox="0 0 80 18" preserveAspectRatio="none" role="img" aria-label={label}>
      <polyline points={points.join(" ")} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

// Initialized by the first chart, and not by the page, whose first paint would wait for it: it makes a NumberFormat.
const charts = () => require("uplot");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A figure over time, with its axes.
export function Chart({ title, time, values, format, now, theme }) {
  const place = useRef();
  const plot = useRef();
  useLayoutEffect(() => {
    const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    const UPlot = charts();
    plot.current = new UPlot({
      width: place.current.clientWidth,
      height: 118,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high || 1) * 1.1] } },
      axes: [
        { ...axis, space: 70, size: 24, values: [[1, "{HH}:{mm}:{ss}"]] },
        { ...axis, size: 58, space: 28, values: (_, splits) => splits.map((one) => format(one)) },
      ],
      series: [{}, { stroke: colour("--accent"), width: 1.5, fill: colour("--accent-soft"), points: { show: false }, spanGaps: true }],
    }, [time, values], place.current);
    const watcher = new ResizeObserver(() => plot.current.setSize({ width: place.current.clientWidth, height: 118 }));
    watcher.observe(place.current);
    return () => { watcher.disconnect(); plot.current.destroy(); };
  }, [theme]);
  useEffect(() => { plot.current?.setData([time, values]); }, [now]);
  const last = values.length ? values[values.length - 1] : null;
  return (
    <figure class="chart" aria-label={`${title}: ${last === null ? "not known" : format(last)}`}>
      <figcaption><span>{title}</span><b>{last === null ? "–" : format(last)}</b></figcaption>
      <div ref={place} />
    </figure>
  );
}

// A question with its answers; Escape is no.
export function Dialog({ title, children, action, danger, onYes, onNo, busy }) {
  const place = useRef();
  // Before it is painted: who sees it can press Escape already.
  useLayoutEffect(() => { place.current.showModal(); }, []);
  return (
    <dialog ref={place} aria-labelledby="dialog-title" onCancel={(event) => { event.preventDefault(); if (!busy) onNo(); }}>
      <form method="dialog" onSubmit={(event) => { event.preventDefault(); onYes(); }}>
        <h2 id="dialog-title">{title}</h2>
        {children}
        <div class="buttons">
          <button type="button" onClick={onNo} disabled={busy}>Leave it</button>
          <button type="submit" class={danger ? "danger" : "primary"} disabled={busy}>{busy ? "…" : action}</button>
        </div>
      </form>
    </dialog>
  );
}

export function Tabs({ tabs, chosen, base }) {
  return (
    <nav class="tabs" aria-label="Views of the job">
      {tabs.map(([id, name]) => (
        <a key={id} href={`${base}${id ? `/${id}` : ""}`} aria-current={chosen === id ? "page" : undefined}>{name}</a>
      ))}
    </nav>
  );
}
