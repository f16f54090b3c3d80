import { describe, expect, it } from "vitest";
import type { Job } from "../../api";
import { settle, type TablePage } from "./held";
import { between } from "./selection";
import { heatOf } from "./fields";

const page = (ids: string[], total = ids.length, quality = 0): TablePage => ({ revision: 1, total, of: total, items: ids.map((id) => ({ id, quality }) as Job) });

describe("rows under the pointer", () => {
  it("stay where they are, and show what is new about them", () => {
    const { page: shown, news, moved } = settle(page(["a", "b"], 2, 1), page(["c", "a", "b"], 3, 5));
    expect(shown.items.map((job) => [job.id, job.quality])).toEqual([["a", 5], ["b", 5]]);
    expect([news, moved]).toEqual([1, true]);
  });
  it("say nothing when nothing moved", () => expect(settle(page(["a"]), page(["a"], 1, 2))).toMatchObject({ news: 0, moved: false }));
  it("count what came elsewhere, too", () => expect(settle(page(["a", "b"], 20), page(["c", "a"], 32)).news).toBe(12));
});

describe("a range of rows", () => {
  it("goes both ways", () => {
    expect(between(["a", "b", "c", "d"], "c", "a")).toEqual(["a", "b", "c"]);
    expect(between(["a", "b"], null, "b")).toEqual(["b"]);
    expect(between(["a", "b"], "gone", "b")).toEqual(["b"]);
  });
});

describe("heat", () => {
  const field = (low: number | null, high: number | null) => ({ name: "x", kind: "number" as const, low, high, missing: 0, categories: [] });
  it("lies between the ends", () => {
    expect(heatOf(5, field(0, 10))).toBe(0.5);
    expect(heatOf(1e-3, field(1e-5, 1e-1))).toBeCloseTo(0.5);
    expect(heatOf(99, field(0, 10))).toBe(1);
  });
  it("is absent where there is no scale", () => {
    for (const [item, of] of [["a", field(0, 1)], [1, field(1, 1)], [1, field(null, null)], [NaN, field(0, 1)], [1, undefined]] as const) expect(heatOf(item, of)).toBeNull();
  });
});
