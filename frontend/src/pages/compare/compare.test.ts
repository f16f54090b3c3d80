import { describe, expect, it } from "vitest";
import type { Job } from "../../api";
import { experimentsAddress, jobsAddress, readCompared } from "./address";
import { change, differs, isCurve, rowsOf, written } from "./differences";
import { pathOf, valueAt } from "./Lines";
import { bestSoFar, ranks, shares } from "./steps";

const read = (address: string) => readCompared(new URL(address, "http://x").searchParams);

describe("the address", () => {
  const jobs = [{ experiment: "a:b,c/%", id: "1" }, { experiment: "x", id: "j,:2" }];
  it("takes any name there and back", () => expect(read(jobsAddress(jobs, jobs[1]!, true))).toMatchObject({ jobs, base: jobs[1], all: true }));
  it("takes the first for the base", () => expect(read(jobsAddress(jobs)).base).toEqual(jobs[0]));
  it("bears nonsense", () => expect(read("/compare?jobs=,:,a:,:b,%ZZ&base=q:r&e=")).toMatchObject({ jobs: [], base: null, experiments: [] }));
  it("reads plain names", () => expect(read("/compare?jobs=a:1,a:2&base=a:2")).toMatchObject({ base: { experiment: "a", id: "2" } }));
  it("names experiments", () => expect(read(experimentsAddress(["a&b", "c d"])).experiments).toEqual(["a&b", "c d"]));
});

const job = (hyperparameters: Record<string, unknown>, results: Record<string, unknown> = {}): Job =>
  ({ hyperparameters, results, quality: results["loss"] ?? null, status: "DONE", attempt: 1, worker: null, started: null, finished: null }) as unknown as Job;

describe("differences", () => {
  it("are found name by name", () => {
    const rows = rowsOf([job({ lr: 1, same: "x" }, { loss: 2 }), job({ lr: 2, same: "x", more: true }, { loss: 1 })], "loss");
    expect(rows.filter(differs).map((row) => row.name)).toEqual(["loss", "lr", "more"]);
  });
  it("are told as ratios where these say more", () => {
    expect(change(1e-3, 2.4e-3, "ratio")).toEqual({ text: "×2.4", way: "more" });
    expect(change(1, 1.05, "ratio")).toEqual({ text: "+0.05", way: "more" });
    expect(change(0.9963, 0.9961, "difference")).toEqual({ text: "−2.0e-4", way: "less" });
    expect(change(0, 3, "ratio")).toEqual({ text: "+3", way: "more" });
    expect(change(-1, 2, "ratio")?.text).toBe("+3");
  });
  it("are of what is written", () => {
    const took = (item: unknown) => written({ group: "Course", name: "duration" }, item);
    expect([0, 0.0312, 0.0309, 3.14, 9.97, 72, null].map(took)).toEqual(["0 s", "0.031 s", "0.031 s", "3.1 s", "10 s", "1.2 min", "–"]);
    expect(written({ group: "Hyperparameters", name: "duration" }, 0.0312)).toBe("0.0312");
  });
  it("are left out where there is nothing to compare", () => {
    for (const [base, item] of [[1, 1], ["a", 2], [1, null], [NaN, 1], [Infinity, 1]]) expect(change(base, item, "ratio")).toBeNull();
  });
  it("knows a curve", () => expect([isCurve([1, 2]), isCurve([1]), isCurve(["a", 1]), isCurve(3)]).toEqual([true, false, false, false]));
});

describe("the best so far", () => {
  it("only gets better, and lasts to the end", () => {
    expect(bestSoFar([3, 1, 2, 4], [5, 2, 1, 4], true)).toEqual([{ x: 1, y: 2 }, { x: 3, y: 5 }, { x: 4, y: 5 }]);
    expect(bestSoFar([1, 2, NaN], [NaN, 1, 0], false)).toEqual([{ x: 2, y: 1 }]);
  });
  it("counts jobs as they ended", () => expect([...ranks([30, NaN, 10])]).toEqual([2, NaN, 1]));
});

describe("shares", () => {
  it("end at all of them", () => {
    expect(shares([3, 1, NaN, 2])).toEqual([{ x: 1, y: 1 / 3 }, { x: 2, y: 2 / 3 }, { x: 3, y: 1 }]);
    expect(shares(Array.from({ length: 10_000 }, (_, at) => at)).length).toBeLessThanOrEqual(401);
    expect(shares([])).toEqual([]);
  });
});

describe("a line", () => {
  it("leaves gaps out", () => expect(pathOf([{ x: 0, y: 0 }, { x: 1, y: NaN }, { x: 2, y: 3 }], (x) => x, (y) => y, false)).toBe("M0.0 0.0L2.0 3.0"));
  it("can be read anywhere", () => {
    const points = [{ x: 0, y: 5 }, { x: 10, y: 7 }];
    expect([valueAt(points, 6, true), valueAt(points, 6, false), valueAt(points, -1, true)]).toEqual([5, 7, null]);
  });
});
