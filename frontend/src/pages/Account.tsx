import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type { Me } from "../App";
import { get, seg, send, url } from "../api";
import { setPrefs, SIZES, usePrefs, type Prefs } from "../prefs";
import { applyTheme, currentTheme, type Theme } from "../theme";
import { Password } from "./account/Password";
import { expiry, SCOPES } from "./account/tokens";
import { Code, Dialog, Panel, Problem, Skeleton, Time } from "../ui";

interface Token {
  id: string;
  name: string;
  scope: string;
  hint: string;
  created: string;
  expires: string | null;
  last_used: string | null;
}
interface Session {
  id: string;
  browser: string;
  created: string;
  last_used: string | null;
  is_this: boolean;
}

const LIVES: [string, number | null][] = [["never", null], ["in 7 days", 7], ["in 30 days", 30], ["in a year", 365]];

export default function Account({ me }: { me: Me }) {
  return (
    <>
      <div className="heading"><h1>Account</h1></div>
      <p className="facts"><span>signed in as <b>{me.email}</b></span></p>
      <div className="overview account"><Preferences /><Tokens me={me} /><Sessions /><Password me={me} /></div>
    </>
  );
}

function Preferences() {
  const liked = usePrefs();
  const [theme, setTheme] = useState<Theme>(currentTheme);
  return (
    <Panel title="In this browser" className="wide">
      <div className="form row">
        <label>Colours<select value={theme} onChange={(event) => { applyTheme(event.target.value as Theme); setTheme(event.target.value as Theme); }}><option value="auto">as the system has it</option><option value="light">light</option><option value="dark">dark</option></select></label>
        <label>Rows of tables<select value={liked.density} onChange={(event) => setPrefs({ density: event.target.value as Prefs["density"] })}><option value="roomy">roomy</option><option value="compact">close together</option></select></label>
        <label>Jobs on a page<select value={liked.size} onChange={(event) => setPrefs({ size: Number(event.target.value) })}>{SIZES.map((each) => <option key={each}>{each}</option>)}</select></label>
        <label>Times<select value={liked.times} onChange={(event) => setPrefs({ times: event.target.value as Prefs["times"] })}><option value="ago">how long ago</option><option value="local">in {Intl.DateTimeFormat().resolvedOptions().timeZone || "local time"}</option><option value="utc">in UTC</option></select></label>
        <label>Keyboard shortcuts<select value={liked.keys ? "on" : "off"} onChange={(event) => setPrefs({ keys: event.target.value === "on" })}><option value="on">on; ? lists them</option><option value="off">off</option></select></label>
      </div>
    </Panel>
  );
}

function Tokens({ me }: { me: Me }) {
  const client = useQueryClient();
  const [made, setMade] = useState<string | null>(null);
  const { data, error, refetch } = useQuery({ queryKey: ["tokens"], queryFn: ({ signal }) => get<{ items: Token[] }>("tokens/", signal) });
  const changed = () => client.invalidateQueries({ queryKey: ["tokens"] });
  const create = useMutation({ mutationFn: (body: unknown) => send<{ token: string }>("POST", "tokens/", body), onSuccess: (token) => { setMade(token.token); void changed(); } });
  const [asked, setAsked] = useState<Token | null>(null);
  const revoke = useMutation({ mutationFn: (id: string) => send("DELETE", `tokens/${seg(id)}/`), onSettled: changed, onSuccess: () => setAsked(null) });
  const close = () => { setAsked(null); revoke.reset(); };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const days = Number(form.get("life"));
    create.mutate({ name: form.get("name") || "API token", scope: form.get("scope"), expires_in: days ? days * 86400 : null });
  };
  return (
    <Panel title="API tokens" className="wide">
      {error && <Problem error={error} retry={() => void refetch()} />}
      {create.error && <Problem error={create.error} />}
      {made && (
        <div className="note" role="status">
          <p>This is the only time that the token is shown. Where it is to be used:</p>
          <Code>{`export SCHEDY_ROOT=${url("")} SCHEDY_EMAIL=${me.email} SCHEDY_TOKEN=${made}`}</Code>
          <button onClick={() => setMade(null)}>I have it</button>
        </div>
      )}
      {!data && !error && <Skeleton />}
      {data && data.items.length > 0 && (
        <div className="scroll"><table>
          <thead><tr><th scope="col">Name</th><th scope="col">May</th><th scope="col">Token</th><th scope="col">Created</th><th scope="col">Last used</th><th scope="col">Expires</th><th scope="col"><span className="sr">Actions</span></th></tr></thead>
          <tbody>{data.items.map((each) => (
            <tr key={each.id}><th scope="row"><bdi>{each.name}</bdi></th><td>{SCOPES[each.scope] ?? each.scope}</td><td><code>{each.hint}</code></td><td><Time at={each.created} /></td><td>{each.last_used ? <Time at={each.last_used} /> : "never"}</td><td><Expiry at={each.expires} /></td>
              <td><button className="quiet" onClick={() => setAsked(each)}>Revoke…<span className="sr"> {each.name}</span></button></td></tr>
          ))}</tbody></table></div>
      )}
      <form className="form row" onSubmit={submit}>
        <label>Name<input name="name" placeholder="cluster" maxLength={100} /></label>
        <label>May<select name="scope" defaultValue="worker">{Object.entries(SCOPES).map(([scope, said]) => <option key={scope} value={scope}>{said}</option>)}</select></label>
        <label>Expires<select name="life">{LIVES.map(([title, days]) => <option key={title} value={days ?? ""}>{title}</option>)}</select></label>
        <button disabled={create.isPending}>New token</button>
      </form>
      <Dialog title="Revoke the token?" open={asked !== null} onClose={close}>
        {asked && (
          <form className="form" onSubmit={(event) => { event.preventDefault(); revoke.mutate(asked.id); }}>
            {revoke.error && <Problem error={revoke.error} />}
            <p>Workers, scripts and command lines that use <b><bdi>{asked.name}</bdi></b> (<code>{asked.hint}</code>) are refused from then on, also in the middle of a job. {asked.last_used ? <>It was last used <Time at={asked.last_used} />.</> : "It was never used."}</p>
            <div className="bar-of-tools"><span className="grow" /><button type="button" onClick={close} autoFocus>Keep</button><button className="danger" disabled={revoke.isPending}>Revoke</button></div>
          </form>
        )}
      </Dialog>
    </Panel>
  );
}

function Sessions() {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ["sessions"], queryFn: ({ signal }) => get<{ items: Session[] }>("sessions/", signal) });
  const end = useMutation({ mutationFn: (id: string) => send("DELETE", `sessions/${seg(id)}/`), onSettled: () => client.invalidateQueries({ queryKey: ["sessions"] }) });
  return (
    <Panel title="Signed in" className="wide">
      {error && <Problem error={error} retry={() => void refetch()} />}
      {end.error && <Problem error={end.error} />}
      {!data && !error && <Skeleton />}
      {data && (
        <div className="scroll"><table>
          <thead><tr><th scope="col">Browser</th><th scope="col">Since</th><th scope="col">Last used</th><th scope="col"><span className="sr">Actions</span></th></tr></thead>
          <tbody>{data.items.map((each) => (
            <tr key={each.id}><th scope="row"><bdi>{browser(each.browser)}</bdi>{each.is_this && <span className="tag">this one</span>}</th><td><Time at={each.created} /></td><td>{each.last_used ? <Time at={each.last_used} /> : "–"}</td>
              <td>{!each.is_this && <button className="quiet" onClick={() => end.mutate(each.id)}>Sign out<span className="sr"> {browser(each.browser)}</span></button>}</td></tr>
          ))}</tbody></table></div>
      )}
    </Panel>
  );
}

function Expiry({ at }: { at: string | null }) {
  const { text, className } = expiry(at, Date.now());
  return at === null ? <>{text}</> : <time dateTime={at} title={at} className={className}>{text}</time>;
}

/** `Firefox on Linux`, out of what browsers say of themselves. */
export function browser(agent: string): string {
  const name = ["Firefox", "Edg", "Chrome", "Safari"].find((each) => agent.includes(each));
  const system = ["Windows", "Mac OS", "Android", "iPhone", "Linux"].find((each) => agent.includes(each));
  return name ? `${name === "Edg" ? "Edge" : name}${system ? ` on ${system}` : ""}` : agent || "unknown";
}
