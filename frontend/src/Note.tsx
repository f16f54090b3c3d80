/** A note in Markdown: shown as the server renders it, and written here. */

import { useMutation, useQuery, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useId, useState } from "react";
import { get, Refused, send } from "./api";
import { Panel, Problem, Skeleton } from "./ui";
import "./words/words.css";

interface Rendered {
  note: string;
  html: string;
}

interface Props {
  /** Where what it is on lies in the API, with a slash at its end. */
  at: string;
  note: string;
  /** What is asked anew when the note has changed. */
  queryKey: QueryKey;
  title?: string;
  className?: string;
}

const MOST = 65_536;
const bytes = (text: string): number => new TextEncoder().encode(text).length;

export function Note({ at, note, queryKey, title = "Note", className = "" }: Props) {
  const [isEdited, setEdited] = useState(false);
  const aside = !isEdited && <button className="quiet" onClick={() => setEdited(true)}>{note ? "Edit" : "Write a note"}</button>;
  return (
    <Panel title={title} aside={aside} className={`note-panel ${className}`}>
      {isEdited ? <Editor at={at} note={note} queryKey={queryKey} onClose={() => setEdited(false)} /> : <Shown at={at} note={note} queryKey={queryKey} />}
    </Panel>
  );
}

function Shown({ at, note, queryKey }: Pick<Props, "at" | "note" | "queryKey">) {
  const { data, error, refetch } = useQuery({
    queryKey: [...queryKey, "note", note],
    queryFn: ({ signal }) => get<Rendered>(`${at}note/`, signal),
    enabled: note !== "",
    staleTime: Infinity,
  });
  if (!note) return <p className="dim">Nobody has written anything yet: why this is tried, and what came of it.</p>;
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  return data ? <Prose html={data.html} /> : <Skeleton lines={2} />;
}

/**
 * The one place where text becomes a part of the page as HTML. It comes from the server, which makes
 * it of Markdown with raw HTML, images and all links but those to the web switched off.
 */
function Prose({ html }: { html: string }) {
  return <div className="prose" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}

interface EditorProps extends Pick<Props, "at" | "note" | "queryKey"> {
  onClose: () => void;
}

function Editor({ at, note, queryKey, onClose }: EditorProps) {
  const client = useQueryClient();
  const id = useId();
  const [text, setText] = useState(note);
  const [before, setBefore] = useState(note);
  const [theirs, setTheirs] = useState<string | null>(null);
  const [isPreview, setPreview] = useState(false);
  const save = useMutation({
    mutationFn: () => send("PATCH", at, { note: text, note_before: before }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey });
      onClose();
    },
    onError: async (error) => {
      if (!(error instanceof Refused && error.status === 409)) return;
      const now = (await get<{ note: string }>(at)).note;
      setTheirs(now);
      setBefore(now);
    },
  });
  const isTooLong = bytes(text) > MOST;
  const refusal = save.error && theirs === null ? save.error : null;
  return (
    <form className="form note-editor" onSubmit={(event) => { event.preventDefault(); if (!isTooLong) save.mutate(); }}
      onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !isTooLong) save.mutate(); if (event.key === "Escape" && text === note) onClose(); }}>
      {refusal && <Problem error={refusal} />}
      {theirs !== null && <Conflict theirs={theirs} onTake={() => { setText(theirs); setTheirs(null); save.reset(); }} />}
      <div className="note-tabs" role="group" aria-label="How the note is shown">
        <button type="button" aria-pressed={!isPreview} onClick={() => setPreview(false)}>Write</button>
        <button type="button" aria-pressed={isPreview} onClick={() => setPreview(true)}>Preview</button>
        <span className="grow" />
        <small id={`${id}-hint`}>Markdown: <code># title</code> <code>**bold**</code> <code>- list</code> <code>[text](https://…)</code></small>
      </div>
      {isPreview ? <Preview text={text} /> : (
        <textarea aria-label={theirs === null ? "Note" : "Your note"} aria-describedby={`${id}-hint`} rows={Math.min(24, Math.max(8, text.split("\n").length + 1))} value={text} onChange={(event) => setText(event.target.value)} dir="auto" autoFocus />
      )}
      {isTooLong && <p className="problem" role="alert">A note has at most 64 KiB; this one has {Math.ceil(bytes(text) / 1024)}.</p>}
      <div className="bar-of-tools">
        <span className="grow" />
        <button type="button" onClick={onClose}>Cancel</button>
        <button className="primary" disabled={save.isPending || isTooLong || (text === note && theirs === null)}>{theirs === null ? "Save" : "Save yours instead"}</button>
      </div>
    </form>
  );
}

function Conflict({ theirs, onTake }: { theirs: string; onTake: () => void }) {
  return (
    <section className="conflict" role="alert">
      <p><b>Somebody else changed the note meanwhile.</b> Nothing was saved. This is theirs; yours is below, to be put together by hand.</p>
      <pre tabIndex={0} dir="auto">{theirs || "(empty)"}</pre>
      <button type="button" onClick={onTake}>Take theirs</button>
    </section>
  );
}

function Preview({ text }: { text: string }) {
  const { data, error } = useQuery({
    queryKey: ["preview", text],
    queryFn: () => send<Rendered>("POST", "notes/preview/", { note: text }),
    staleTime: Infinity,
    gcTime: 60_000,
  });
  if (error) return <Problem error={error} />;
  if (!text.trim()) return <p className="dim">There is nothing to see yet.</p>;
  return data ? <Prose html={data.html} /> : <Skeleton lines={3} />;
}
