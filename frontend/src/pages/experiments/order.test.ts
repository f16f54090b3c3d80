import { expect, test } from "vitest";
import { chosen, secondsLeft, stateOf, type Listed } from "./order";

const counts = { QUEUED: 0, RUNNING: 0, DONE: 0, CRASHED: 0, PRUNED: 0 };
const made = (name: string, more: Partial<Listed> = {}): Listed => ({
  name, status: "RUNNING", scheduler: { Manual: null }, objective: null, seed: 1, counts, created: "2026-01-01", modified: "2026-01-01", tags: [], note: "", ...more,
});
const names = (all: Listed[], query: string) => chosen(all, new URLSearchParams(query)).map((each) => each.name);

test("what somebody looks for is in the name or in a tag", () => {
  const all = [made("mnist"), made("bert", { tags: ["vision"] })];
  expect(names(all, "q=MNI")).toEqual(["mnist"]);
  expect(names(all, "q=visi")).toEqual(["bert"]);
  expect(names(all, "tag=vision")).toEqual(["bert"]);
});

test("what has no value comes last in both directions", () => {
  const best = (quality: number) => ({ summary: { best: { id: "a", number: 1, quality }, trend: [], per_hour: null, remaining: null } });
  const all = [made("none"), made("one", best(1)), made("two", best(2))];
  expect(names(all, "sort=best")).toEqual(["one", "two", "none"]);
  expect(names(all, "sort=-best")).toEqual(["two", "one", "none"]);
});

test("a search is running, waiting, paused or done", () => {
  expect(stateOf(made("x", { counts: { ...counts, RUNNING: 1 } }))).toBe("running");
  expect(stateOf(made("x"))).toBe("waiting");
  expect(stateOf(made("x", { status: "DONE", counts: { ...counts, QUEUED: 1 } }))).toBe("paused");
  expect(stateOf(made("x", { status: "DONE", counts: { ...counts, DONE: 3 } }))).toBe("done");
  expect(names([made("b"), made("a", { status: "DONE" })], "status=paused")).toEqual(["a"]);
});

test("how long it takes is told only where there is an end", () => {
  const summary = { best: null, trend: [], per_hour: 60, remaining: 30 };
  expect(secondsLeft(made("x", { summary }))).toBe(1800);
  expect(secondsLeft(made("x", { summary: { ...summary, remaining: null } }))).toBeNull();
  expect(secondsLeft(made("x", { summary, status: "DONE" }))).toBeNull();
});
