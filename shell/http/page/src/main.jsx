// The page: who is looking, where, and in which light.
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { render } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { loggedIn, logOut, takeToken, whenRefused } from "./api.js";
import { Edit } from "./edit.jsx";
import { Job } from "./job.jsx";
import { Jobs } from "./jobs.jsx";
import { Login } from "./login.jsx";
import { Sql } from "./sql.jsx";

takeToken();

const THEMES = ["auto", "light", "dark"];
const THEME_KEY = "weir.theme";
const chosenTheme = () => localStorage.getItem(THEME_KEY) ?? "auto";
const apply = (theme) => {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
};
apply(chosenTheme());

const Mark = () => (
  <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
    <path d="M1 4q3.5 3 7 0t7 0M1 8q3.5 3 7 0t7 0M1 12q3.5 3 7 0t7 0" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" />
  </svg>
);

const routeNow = () => location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);

function App() {
  const [route, setRoute] = useState(routeNow());
  const [inside, setInside] = useState(loggedIn());
  const [refused, setRefused] = useState(false);
  const [theme, setTheme] = useState(chosenTheme());
  // At once: an address that changes before the first effect would be missed.
  useLayoutEffect(() => {
    const moved = () => {
      takeToken();
      setInside(loggedIn());
      setRoute(routeNow());
    };
    whenRefused(() => { logOut(); setRefused(true); setInside(false); });
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  useEffect(() => {
    document.title = route[0] === "sql" ? "SQL · Weir" : "Jobs · Weir";
  }, [route[0]]);
  const next = () => {
    const other = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem(THEME_KEY, other);
    apply(other);
    setTheme(other);
  };
  const [view, id, tab, more] = route;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main").focus(); }}>To the content</a>
      <header class="top">
        <a class="brand" href="#/jobs"><Mark />weir</a>
        {inside && (
          <nav aria-label="Main">
            <a href="#/jobs" aria-current={view !== "sql" ? "page" : undefined}>Jobs</a>
            <a href="#/sql" aria-current={view === "sql" ? "page" : undefined}>SQL</a>
          </nav>
        )}
        <span class="space" />
        <button type="button" class="quiet" onClick={next} title="Light or dark">Theme: {theme}</button>
        {inside && <button type="button" class="quiet" onClick={() => { logOut(); setInside(false); }}>Log out</button>}
      </header>
      <main id="main" tabIndex={-1}>
        {!inside ? <Login refused={refused} onDone={() => { setRefused(false); setInside(true); }} />
          : view === "sql" ? <Sql />
            : view === "jobs" && id && tab === "edit" ? <Edit key={id} id={id} request={more} />
              : view === "jobs" && id ? <Job key={id} id={id} tab={tab ?? ""} theme={theme} />
                : <Jobs />}
      </main>
    </>
  );
}

render(<App />, document.getElementById("app"));
