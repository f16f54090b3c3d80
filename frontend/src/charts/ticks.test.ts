import { describe, expect, it } from "vitest";
import { labelsAcross, labelsAlong, widthOf } from "./ticks";

const ticks = (...pairs: [number, string][]) => pairs.map(([at, label]) => ({ at, label }));

describe("labels beneath an axis", () => {
  it("stand beside their ticks where the picture ends, and leave room for each other", () => {
    const labels = labelsAcross(ticks([0, "1,000,000"], [60, "b"], [120, "c"], [180, "d"], [200, "2,000,000"]), 200);
    expect(labels[0]!.middle).toBeGreaterThan(0);
    for (const [at, each] of labels.entries()) {
      const before = labels[at - 1];
      if (before) expect(each.middle - before.middle).toBeGreaterThan((widthOf(each.label) + widthOf(before.label)) / 2);
    }
  });
  it("are all there if there is room", () => {
    const sizes = ticks([3, "64"], [30, "128"], [83, "256"], [190, "512"]);
    expect(labelsAcross(sizes, 195).map((each) => each.label)).toEqual(["64", "128", "256", "512"]);
  });
  it("are thinned out evenly", () => {
    const even = ticks(...Array.from({ length: 6 }, (_, at): [number, string] => [at * 20, `0.0${at}`]));
    expect(labelsAcross(even, 100).map((each) => each.label)).toEqual(["0.00", "0.02", "0.04"]);
  });
  it("say nothing twice", () => expect(labelsAcross(ticks([0, "1"], [50, "1"], [100, "2"]), 100).map((each) => each.at)).toEqual([0, 100]));
  it("may be none, or one", () => {
    expect(labelsAcross([], 100)).toEqual([]);
    expect(labelsAcross(ticks([50, "1"]), 100)).toHaveLength(1);
  });
});

it("labels beside an axis are a line apart", () => {
  expect(labelsAlong(ticks([100, "a"], [95, "b"], [0, "c"])).map((each) => each.label)).toEqual(["c", "b"]);
});
