import { useState } from "preact/hooks";
import { basic, bearer, get, logIn, logOut } from "./api.js";
import { Problem } from "./parts.jsx";

// By the token of the data directory, or as a user of the server.
export function Login({ refused, onDone }) {
  const [asUser, setAsUser] = useState(false);
  const [wrong, setWrong] = useState(refused ? "That login is not valid (any more)." : "");
  const enter = async (event) => {
    event.preventDefault();
    const fields = new FormData(event.target);
    logIn(asUser ? basic(fields.get("user"), fields.get("password")) : bearer(fields.get("token")));
    try {
      await get("/config");
      onDone();
    } catch (error) {
      logOut();
      setWrong(error.status === 401 ? "That login is not valid." : error.message);
    }
  };
  return (
    <form class="login" onSubmit={enter}>
      <h1>Log in</h1>
      <p><code>weir open</code> on the server's machine opens this page with its token.</p>
      {asUser ? (
        <>
          <label>User<input name="user" autocomplete="username" required /></label>
          <label>Password<input name="password" type="password" autocomplete="current-password" required /></label>
        </>
      ) : (
        <label>Token<input name="token" type="password" autocomplete="off" required placeholder="of the file “token” in the data directory" /></label>
      )}
      {wrong && <Problem>{wrong}</Problem>}
      <div class="buttons">
        <button type="button" class="quiet" onClick={() => setAsUser(!asUser)}>{asUser ? "With a token" : "As a user"}</button>
        <button type="submit" class="primary">Log in</button>
      </div>
    </form>
  );
}
