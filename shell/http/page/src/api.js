// Requests to the server, with the Authorization header that the user logged in with.
import { parseExactly } from "./exact.js";

const KEY = "weir.authorization";
let onRefused = () => {};

// Takes the token out of an address that `weir open` printed, and out of the history with it.
export function takeToken() {
  const found = /^#token=([0-9a-f]+)/.exec(location.hash);
  if (!found) return;
  sessionStorage.setItem(KEY, `Bearer ${found[1]}`);
  history.replaceState(null, "", `${location.pathname}#/jobs`);
}

export const loggedIn = () => sessionStorage.getItem(KEY) !== null;
export const logIn = (authorization) => sessionStorage.setItem(KEY, authorization);
export const logOut = () => sessionStorage.removeItem(KEY);
export const bearer = (token) => `Bearer ${token.trim()}`;
export const basic = (user, password) =>
  `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}`;

// Called when a login is refused.
export const whenRefused = (call) => { onRefused = call; };

// What the server says went wrong.
export class ServerError extends Error {
  constructor(status, body) {
    super(body.message || body.errors?.[0] || `the server answered ${status}`);
    this.status = status;
    this.body = body;
    this.text = body.errors?.[0] ?? this.message;
  }
}

const headers = (more) => ({ Authorization: sessionStorage.getItem(KEY) ?? "", ...more });

async function checked(answer) {
  if (answer.ok) return answer;
  const text = await answer.text();
  let body;
  try { body = JSON.parse(text); } catch { body = { errors: [text || answer.statusText] }; }
  if (answer.status === 401) onRefused();
  throw new ServerError(answer.status, body);
}

async function send(path, options) {
  let answer;
  try {
    answer = await fetch(`/v1${path}`, { cache: "no-store", credentials: "omit", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServerError(0, { errors: ["the server does not answer"] });
  }
  return checked(answer);
}

const withBody = (method, body, signal, accept) => ({
  method,
  signal,
  headers: headers({ "Content-Type": "application/json", ...(accept ? { Accept: accept } : {}) }),
  body: JSON.stringify(body ?? {}),
});

export const get = async (path, signal) => (await send(path, { headers: headers(), signal })).json();
export const post = async (path, body, signal) => (await send(path, withBody("POST", body, signal))).json();
export const patch = async (path) => (await send(path, withBody("PATCH", {}))).json();

// Executes a statement in a session that begins with the statements of `before`; `each` is called with what comes, an
// array of objects at a time. Numbers are as exact.js has them.
export async function stream(statement, before, signal, each) {
  const answer = await send("/sql", withBody("POST", { statement, before }, signal, "application/x-ndjson"));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    if (lines.length > 0) each(lines.map(parseExactly));
  }
  if (rest) each([parseExactly(rest)]);
}

// Waits for an operation that was asked for, such as a savepoint.
export async function awaitOperation(path) {
  for (;;) {
    const now = await get(path);
    if (now.status.id === "COMPLETED") {
      const cause = now.operation?.["failure-cause"];
      if (cause) throw new ServerError(409, { errors: [cause["stack-trace"].trim()] });
      return now;
    }
    await new Promise((done) => { setTimeout(done, 500); });
  }
}
