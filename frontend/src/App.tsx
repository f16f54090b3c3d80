import { queryOptions, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Link, Redirect, useLocation } from "wouter";
import { get, Refused, send } from "./api";
import { inside, segments } from "./address";
import { chunk } from "./chunk";
import { report } from "./deferred";
import { KeysHelp } from "./KeysHelp";
import { useKeyboard, useKeys } from "./keys";
import { useLive } from "./live";
import { LiveMenu } from "./LiveMenu";
import { setPrefs, prefs } from "./prefs";
import { Experiments } from "./pages/Experiments";
import { schemaOf, settingsOf } from "./pages/jobs/fields";
import { Login } from "./pages/Login";
import { applyTheme, currentTheme, next } from "./theme";
import { Toasts } from "./Toasts";
import { Boundary, Icon } from "./ui";
import "./shell.css";

const here = () => segments(window.location.pathname, new URL(document.baseURI).pathname);

const ExperimentPage = chunk(() => import("./pages/Experiment").then((module) => module.default));
const JobPage = chunk(() => import("./pages/Job").then((module) => module.default));
const Workers = chunk(() => import("./pages/Workers").then((module) => module.default));
const Account = chunk(() => import("./pages/Account").then((module) => module.default));
const Compare = chunk(() => import("./pages/Compare").then((module) => module.default));

const whoLooks = queryOptions({ queryKey: ["me"], queryFn: ({ signal }) => get<Me>("me/", signal), staleTime: Infinity });

/** While the server says who looks, the page that was asked for is on its way. */
export function fetchAhead(client: QueryClient) {
  void client.prefetchQuery(whoLooks);
  const [first, name, part] = here();
  if (first !== "e" || !name) return;
  void client.prefetchQuery(settingsOf(name));
  void client.prefetchQuery(schemaOf(name));
  setTimeout(() => {
    ExperimentPage.ahead();
    if (part === "charts") void import("./pages/Charts").catch(() => undefined);
  });
}

export interface Me {
  email: string;
  scope: string;
}

export function App() {
  const [location] = useLocation();
  const me = useQuery(whoLooks);
  if (me.isPending) return <main className="page" aria-busy="true" />;
  const isStranger = me.error instanceof Refused && me.error.status === 401;
  if (location === "/login") return me.data && !isStranger ? <Redirect to={wanted()} replace /> : <Login />;
  if (isStranger) return <Redirect to={`/login?to=${encodeURIComponent(location + window.location.search)}`} replace />;
  return me.data ? <SignedIn me={me.data} /> : <Unreachable error={me.error} retry={() => void me.refetch()} />;
}

const wanted = () => inside(new URLSearchParams(window.location.search).get("to"), document.baseURI);

function SignedIn({ me }: { me: Me }) {
  useLive();
  useKeyboard();
  const client = useQueryClient();
  const [, go] = useLocation();
  const [helps, setHelps] = useState(false);
  useKeys({
    r: ["Refresh what is shown", () => void client.invalidateQueries({}, { cancelRefetch: false })],
    l: ["Live, or not", () => setPrefs({ refresh: prefs().refresh === "live" ? "off" : "live" })],
    "?": ["This help", () => setHelps(true)],
    "/": ["Search", search],
    "g e": ["Experiments", () => go("/")],
    "g w": ["Workers", () => go("/workers")],
    "g a": ["Account", () => go("/account")],
  }, "Everywhere");
  return (
    <>
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>
        Skip to the content
      </a>
      <Header me={me} />
      <main id="main" tabIndex={-1} className="page">
        <Boundary key={here().slice(0, 2).join("/")}>
          <Page me={me} />
        </Boundary>
      </main>
      <Toasts />
      <KeysHelp open={helps} onClose={() => setHelps(false)} />
    </>
  );
}

/** To the field that searches what is shown; where there is none, to the experiments and theirs. */
function search() {
  const field = document.querySelector<HTMLInputElement>('main input[type="search"]');
  if (field) field.focus();
  else document.querySelector<HTMLElement>(".top .brand")?.click();
}

function Page({ me }: { me: Me }) {
  useLocation(); // renders anew when the address changes
  const [first, name, part, job] = here();
  if (!first) return <Experiments />;
  if (first === "workers" && !name) return <Workers />;
  if (first === "compare" && !name) return <Compare />;
  if (first === "account" && !name) return <Account me={me} />;
  if (first === "e" && name && part === "jobs" && job) return <JobPage key={job} experiment={name} id={job} />;
  if (first === "e" && name && !job) return <ExperimentPage key={name} name={name} part={part ?? "overview"} />;
  return <NotFound />;
}

function Header({ me }: { me: Me }) {
  const [theme, setTheme] = useState(currentTheme);
  const client = useQueryClient();
  const [, go] = useLocation();
  const signOut = async () => {
    await send("DELETE", "session/");
    await client.resetQueries({ queryKey: ["me"] });
    client.removeQueries({ predicate: (query) => query.queryKey[0] !== "me" });
    go("/login");
  };
  return (
    <header className="top">
      <Link href="/" className="brand"><Icon name="logo" /> Schedy</Link>
      <nav aria-label="Main">
        <NavLink href="/">Experiments</NavLink>
        <NavLink href="/workers">Workers</NavLink>
      </nav>
      <span className="grow" />
      <LiveMenu />
      <button className="quiet" onClick={() => { applyTheme(next(theme)); setTheme(next(theme)); }} title={`Colours: ${theme}`} aria-label={`Colours: ${theme}; change`}>
        <Icon name={theme === "dark" ? "moon" : theme === "light" ? "sun" : "auto"} />
      </button>
      <NavLink href="/account">{me.email}</NavLink>
      <button className="quiet" onClick={() => void signOut().catch(report)}>Sign out</button>
    </header>
  );
}

function NavLink({ href, children }: { href: string; children: ReactNode }) {
  const [location] = useLocation();
  return <Link href={href} aria-current={location === href ? "page" : undefined}>{children}</Link>;
}

function NotFound() {
  return (
    <section className="empty">
      <h1>There is nothing here</h1>
      <p>No page has this address: it may be mistyped, or from another version of the dashboard.</p>
      <p><Link href="/">See all experiments</Link></p>
    </section>
  );
}

function Unreachable({ error, retry }: { error: Error | null; retry: () => void }) {
  return (
    <main className="page">
      <section className="empty" role="alert">
        <h1>The server does not answer</h1>
        <p>{error?.message}</p>
        <button onClick={retry}>Try again</button>
      </section>
    </main>
  );
}
