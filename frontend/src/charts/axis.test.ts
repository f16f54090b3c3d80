import { describe, expect, it } from "vitest";
import { extent, label, makeAxis, suggestsLog } from "./axis";
import { Raster } from "./raster";

describe("axes", () => {
  it("go there and back", () => {
    for (const kind of ["linear", "log"] as const) {
      const axis = makeAxis("lr", kind, { low: 1e-5, high: 0.1 }, [0, 500]);
      expect(axis.invert(axis.at(0.01))).toBeCloseTo(0.01, 6);
      expect(axis.ticks.length).toBeGreaterThan(1);
    }
  });
  it("give each category a place of its own", () => {
    const axis = makeAxis("optimizer", "category", { low: 0, high: 1 }, [0, 100], ["adam", "sgd"]);
    expect([axis.at(0), axis.at(1)]).toEqual([25, 75]);
    expect(axis.ticks.map((tick) => tick.label)).toEqual(["adam", "sgd"]);
  });
  it("show a single value in the middle", () => {
    const axis = makeAxis("x", "linear", { low: 3, high: 3 }, [0, 100]);
    expect(axis.at(3)).toBeGreaterThan(0);
    expect(axis.at(3)).toBeLessThan(100);
  });
});

describe("extents", () => {
  const values = Float32Array.from({ length: 101 }, (_, index) => (index === 100 ? 1e9 : index));
  it("leave out what is not finite", () => expect(extent(Float32Array.of(NaN, 2, Infinity, 1))).toEqual({ low: 1, high: 2 }));
  it("leave out outliers where asked", () => expect(extent(values, 0.01)).toEqual({ low: 1, high: 99 }));
  it("leave out outliers among few values too", () => {
    const few = [1, 2, 2, 3, 3, 4, 4, 5];
    expect(extent(Float32Array.from([...few, 1e9, -1e9]), 0.01)).toEqual({ low: 1, high: 5 });
    expect(extent(Float32Array.from(few), 0.01)).toEqual({ low: 1, high: 5 });
    expect(extent(Float32Array.of(1, 2, 3, 1e9), 0.01)).toEqual({ low: 1, high: 1e9 });
    expect(extent(Float32Array.from({ length: 10 }, (_, at) => (at === 9 ? 7 : 1)), 0.01)).toEqual({ low: 1, high: 7 });
  });
  it("go by magnitude where the axis does", () => {
    const powers = Float32Array.from({ length: 10 }, (_, at) => 10 ** at);
    expect(extent(powers, 0.01, true)).toEqual({ low: 1, high: 1e9 });
    expect(extent(powers, 0.01)!.high).toBeLessThan(1e9);
  });
  it("are none for no values", () => expect(extent(Float32Array.of(NaN))).toBeNull());
});

it("suggests a logarithm for what spans decades", () => {
  const wide = Float32Array.from({ length: 50 }, (_, index) => 10 ** (-5 + index / 12));
  expect(suggestsLog(wide)).toBe(true);
  expect(suggestsLog(wide.map((each) => -each))).toBe(false);
});

describe("a raster", () => {
  it("keeps the weight of what lies inside, and nothing else", () => {
    const raster = new Raster(10, 10);
    raster.point(5, 5, 0);
    raster.point(50, 5, 0);
    raster.segment(0, 0, 10, 9);
    expect(raster.field.reduce((sum, each) => sum + each, 0)).toBeCloseTo(11, 4);
  });
});

it("marks the values that occur, if they are few", () => {
  const layers = Float32Array.of(1, 2, 2, 4);
  expect(makeAxis("layers", "linear", { low: 1, high: 4 }, [0, 400], null, layers).ticks.map((tick) => tick.label)).toEqual(["1", "2", "4"]);
});

it("says sizes that have no word with an exponent", () => {
  expect([1234, 5e14, 1e15, -2.5e20, 3e38, 1e-5].map(label)).toEqual(["1.23K", "500T", "1e15", "-2.5e20", "3e38", "1e−5"]);
});
