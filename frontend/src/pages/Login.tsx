import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { send } from "../api";
import { Icon, Problem } from "../ui";

export function Login() {
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await send("POST", "session/", { email: form.get("email"), password: form.get("password") });
      await client.resetQueries();
    } catch (problem) {
      setError(problem as Error);
    }
    setBusy(false);
  };
  return (
    <main className="login">
      <form onSubmit={(event) => void submit(event)}>
        <h1><Icon name="logo" /> Schedy</h1>
        {error && <Problem error={error} />}
        <label>Email address<input name="email" type="email" autoComplete="username" required autoFocus /></label>
        <label>Password<input name="password" type="password" autoComplete="current-password" required /></label>
        <button className="primary" disabled={busy}>{busy ? "Signing in…" : "Sign in"}</button>
        <details>
          <summary>No account, or the password is lost?</summary>
          <p>Whoever runs the server makes one with <code>schedy-server user add EMAIL</code>, or a new password with <code>schedy-server user reset-password EMAIL</code>.</p>
        </details>
      </form>
    </main>
  );
}
