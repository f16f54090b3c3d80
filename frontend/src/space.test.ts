import { describe, expect, it } from "vitest";
import { covers, deviations, draw, histogram, literal, quantile, said, spaceOf, spread, type Distribution } from "./space";

const ALL: Distribution[] = [
  { uniform: { low: -2, high: 3 } },
  { loguniform: { low: 1e-5, high: 1e-1 } },
  { choice: { values: ["a", 2, null, [1]] } },
  { choice: { values: [1, 2, 3], weights: [0, 1, 0] } },
  { const: "relu" },
];

describe("a distribution", () => {
  it("draws only what it covers", () => {
    for (const each of ALL) for (const item of spread(each, 200)) expect(covers(each, item)).toBe(true);
  });
  it("never draws what weighs nothing", () => expect(new Set(spread(ALL[3]!, 50))).toEqual(new Set([2])));
  it("takes each value as often as it weighs", () => {
    const found = spread({ choice: { values: ["a", "b"], weights: [3, 1] } }, 400);
    expect(found.filter((each) => each === "a").length).toBe(300);
  });
  it("has its middle in the middle", () => {
    expect(quantile({ loguniform: { low: 1e-4, high: 1 } }, 0.5)).toBeCloseTo(1e-2);
    expect(quantile({ normal: { mean: 5, std: 2 } }, 0.5)).toBeCloseTo(5);
    expect(deviations(0.975)).toBeCloseTo(1.959964, 5);
    expect(deviations(0.001)).toBeCloseTo(-3.090232, 5);
  });
  it("shows as bars that add up", () => {
    for (const each of [...ALL, { normal: { mean: 0, std: 1 } }]) expect(histogram(each).reduce((sum, bar) => sum + bar.share, 0)).toBeCloseTo(1);
    expect(histogram({ uniform: { low: 1, high: 1 } })).toHaveLength(1);
  });
  it("is said in words", () => {
    expect(said({ loguniform: { low: 1e-5, high: 0.1 } })).toBe("1.00e-5 to 0.1, by magnitude");
    expect(said({ choice: { values: ["a", 1] } })).toBe("one of a, 1");
  });
});

describe("a space", () => {
  it("is found in the scheduler", () => {
    const lr = { uniform: { low: 0, high: 1 } };
    expect(spaceOf({ scheduler: { RandomSearch: { lr } } })).toEqual({ lr });
    expect(spaceOf({ scheduler: { PBT: { init: { lr } } } })).toEqual({ lr });
    expect(spaceOf({ scheduler: { PBT: {} } })).toEqual({});
    expect(spaceOf({ scheduler: { Manual: null } })).toEqual({});
  });
  it("gives every hyperparameter a value", () => expect(draw({ a: { const: 1 }, b: { uniform: { low: 0, high: 2 } } }, () => 0.5)).toEqual({ a: 1, b: 1 }));
});

describe("what somebody typed", () => {
  it("is read as it was meant", () => {
    expect(["NaN", "-Infinity", "1234567890123456789", "true", '"NaN"', "relu"].map(literal)).toEqual([NaN, -Infinity, 1234567890123456789n, true, "NaN", "relu"]);
  });
  it("is covered by a range also if it is large", () => {
    expect(covers({ uniform: { low: 0, high: 2 ** 63 } }, 1234567890123456789n)).toBe(true);
    expect(covers({ choice: { values: [NaN, 9007199254740993n] } }, NaN)).toBe(true);
  });
});
