/** Tags: words to find things by, put on and taken off one by one. */

import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useId, useRef, useState, type KeyboardEvent } from "react";
import { Link } from "wouter";
import { send } from "./api";
import { Icon } from "./ui";
import "./words/words.css";

interface Props {
  /** Where what they are on lies in the API, with a slash at its end. */
  at: string;
  tags: string[];
  /** Tags that others bear. */
  known?: string[];
  /** What is asked anew when the tags have changed. */
  queryKey: QueryKey;
  /** Where all that bears a tag is to be seen. */
  href?: (tag: string) => string;
}

const MOST = 32;
export const LONGEST = 64;

/** What is wrong with a tag that somebody writes, in words; null if it is one. */
export function flaw(tag: string, tags: string[]): string | null {
  if (tag.length > LONGEST) return `A tag has at most ${LONGEST} characters.`;
  if (/[\p{Cc}\p{Zs}\p{Zl}\p{Zp},]/u.test(tag)) return "No spaces and no commas in a tag.";
  return tags.length >= MOST && !tags.includes(tag) ? `${MOST} tags are the most.` : null;
}

/** The words in what somebody wrote or pasted. */
export const wordsIn = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter(Boolean))];

export function Tags({ at, tags, known = [], queryKey, href }: Props) {
  const client = useQueryClient();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const change = useMutation({
    mutationFn: (body: { add_tags?: string[]; remove_tags?: string[] }) => send("PATCH", at, body),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  const shown = change.isPending ? after(tags, change.variables) : tags;
  const wrong = wordsIn(text).map((word) => flaw(word, shown)).find(Boolean);
  const add = () => {
    const words = wordsIn(text);
    if (!words.length || wrong) return;
    change.mutate({ add_tags: words });
    setText("");
  };
  const remove = (tag: string) => {
    change.mutate({ remove_tags: [tag] });
    field.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    const last = shown.at(-1);
    if (event.key === "," || event.key === " " || event.key === "Enter") {
      event.preventDefault();
      add();
    } else if (event.key === "Backspace" && !text && last !== undefined) remove(last);
    else if (event.key === "Escape") setText("");
  };
  const more = known.filter((tag) => !shown.includes(tag)).slice(0, 50);
  return (
    <div className="tags" role="group" aria-label="Tags">
      <ul>
        {shown.map((tag) => (
          <li key={tag} className="tag-chip">
            {href ? <Link href={href(tag)} title={`All with the tag ${tag}`}><bdi>{tag}</bdi></Link> : <bdi>{tag}</bdi>}
            <button type="button" onClick={() => remove(tag)} aria-label={`Remove the tag ${tag}`}><Icon name="close" /></button>
          </li>
        ))}
      </ul>
      <input ref={field} value={text} onChange={(event) => setText(event.target.value)} onKeyDown={onKey} onBlur={add} placeholder={shown.length ? "Add a tag" : "Add tags, such as baseline"} aria-label="Add a tag" aria-invalid={Boolean(wrong)} aria-describedby={`${id}-wrong`} list={`${id}-known`} autoComplete="off" />
      <datalist id={`${id}-known`}>{more.map((tag) => <option key={tag} value={tag} />)}</datalist>
      <small id={`${id}-wrong`} className="wrong" role="status">{wrong ?? change.error?.message ?? ""}</small>
    </div>
  );
}

const after = (tags: string[], change: { add_tags?: string[]; remove_tags?: string[] }): string[] =>
  [...new Set([...tags, ...(change.add_tags ?? [])])].filter((tag) => !change.remove_tags?.includes(tag));

/** Tags that are only looked at. */
export function TagList({ tags }: { tags: string[] }) {
  if (!tags.length) return null;
  return <ul className="tag-list" aria-label="Tags">{tags.map((tag) => <li key={tag} className="tag-chip"><bdi>{tag}</bdi></li>)}</ul>;
}
