import { describe, expect, it } from "vitest";
import type { Experiment } from "../../api";
import { USUAL } from "../../prefs";
import { join, split } from "../../query";
import { nextSort, readView, sortedBy, writeView } from "./view";

const experiment = { name: "x", objective: { result: "loss", direction: "min" } } as Experiment;
const view = (query: string) => readView(new URLSearchParams(query), experiment, USUAL);

describe("the view", () => {
  it("is all in the address", () => {
    const changes = { filter: "a<1", sort: ["best", "-lr"], page: 3, size: 100, columns: ["a,b", "c%2Cd"], pinned: ["lr"], kept: ["id1"], heat: ["lr"], compact: true, panel: "id2" };
    const written = writeView(writeView(new URLSearchParams(), changes), { page: 3 });
    expect(readView(written, experiment, USUAL)).toEqual(changes);
  });
  it("starts at the first page when order or filter change", () => {
    expect(view(writeView(new URLSearchParams("page=4"), { filter: "b" }).toString()).page).toBe(1);
    expect(view("page=4").page).toBe(4);
  });
  it("bears nonsense", () => expect(view("page=-1&size=7&sort=,")).toMatchObject({ page: 1, size: 50, sort: ["best"] }));
  it("takes names with commas", () => expect(split(join(["a,b", "50%", "c"]))).toEqual(["a,b", "50%", "c"]));
  it("may show no further columns", () => expect(view(writeView(new URLSearchParams(), { columns: [] }).toString()).columns).toEqual([]));
});

describe("sorting", () => {
  it("goes one way, then the other", () => {
    expect(nextSort(["best"], "lr", false)).toEqual(["lr"]);
    expect(nextSort(["lr"], "lr", false)).toEqual(["-lr"]);
    expect(nextSort(["-lr"], "lr", false)).toEqual(["lr"]);
  });
  it("shows the best and the newest first", () => {
    expect(nextSort(["lr"], "quality", false)).toEqual(["best"]);
    expect(nextSort(["best"], "quality", false)).toEqual(["-best"]);
    expect(nextSort(["best"], "modified", false)).toEqual(["-modified"]);
  });
  it("takes further keys with shift, and lets them go", () => {
    expect(nextSort(["best"], "lr", true)).toEqual(["best", "lr"]);
    expect(nextSort(["best", "lr"], "lr", true)).toEqual(["best", "-lr"]);
    expect(nextSort(["best", "-lr"], "lr", true)).toEqual(["best"]);
    expect(nextSort(["a", "b", "c", "d", "e"], "f", true)).toEqual(["b", "c", "d", "e", "f"]);
  });
  it("is told in words that screen readers know", () => {
    expect(sortedBy(["best", "-lr"], "quality", "min")).toEqual({ rank: 1, way: "ascending" });
    expect(sortedBy(["best"], "quality", "max")).toEqual({ rank: 1, way: "descending" });
    expect(sortedBy(["-best"], "quality", "max")).toEqual({ rank: 1, way: "ascending" });
    expect(sortedBy(["best", "-lr"], "lr", null)).toEqual({ rank: 2, way: "descending" });
    expect(sortedBy(["best"], "lr", null)).toBeNull();
  });
});
