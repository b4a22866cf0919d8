// The editor comes when a view wants it: it is most of the page's script, and who looks at jobs need not wait for it.
import { useEffect, useState } from "preact/hooks";
import { Problem } from "./parts.jsx";

// index.html names the file, by a hash of what is in it. This is known only while the script runs for the first time.
const ADDRESS = document.currentScript.dataset.editor;

let fetched = null;

// The module editor.js. Browsers may remember that one could not be fetched: only a page that is loaded anew asks again.
async function fetchEditor() {
  try {
    fetched = await import(ADDRESS);
  } catch {
    throw new Error("The editor could not be fetched: the server does not answer, or it is another version than this page is of.");
  }
  return fetched;
}

// { editor: the module or null, error }, for a view; one that has gone meanwhile hears nothing any more.
export function useEditor() {
  const [now, setNow] = useState({ editor: fetched, error: null });
  useEffect(() => {
    if (now.editor) return undefined;
    let gone = false;
    fetchEditor().then((editor) => { if (!gone) setNow({ editor, error: null }); }, (error) => { if (!gone) setNow({ editor: null, error }); });
    return () => { gone = true; };
  }, []);
  return now;
}

// Where an editor will be, in the element `place`. What one has written is kept by the tab, so that nothing is lost.
export function EditorPlace({ place, error, waits, kind = "" }) {
  return (
    <>
      {error && <Problem><p>{error.message}</p><button type="button" onClick={() => location.reload()}>Load the page anew</button></Problem>}
      <div class={`editor card ${kind}`} ref={place} aria-busy={waits && !error} hidden={Boolean(error)}>
        {waits && !error && <p class="waiting">…</p>}
      </div>
    </>
  );
}
