import { describe, expect, it } from "vitest";
import type { Columns, Job } from "../api";
import { groupReasons, headline } from "../pages/attention";
import { axisOf, whole, type Spec } from "./axis";
import { chosenOf, usual } from "./catalogue";
import { coloursOf } from "./colour";
import { ramp } from "./colours";
import { curveFields, decodeCurves } from "./curves";
import { areaOf, curvePath } from "./paths";
import { csvOf, fileName } from "./export";
import { failuresBy, gap } from "./failures";
import { isolines, pixelOf, placeOf, sampled, spanOf, type GridAxis } from "./grid";
import { improvements } from "./history";
import { Buffer, hitOf } from "./hit";
import { atWholes, limitOf, pickRows, split, termOf, within, withLimits } from "./limits";
import { drawBinned, drawLines, seriesOf } from "./lines";
import { dotPaths } from "./marks";
import { abandoned, diversity, factor, familyOf, lineOf, nodesOf, predecessors } from "./lineage";
import { moved, placesOf, textOf } from "./order";
import { stepped } from "./Plot";
import { ColourRaster, Raster } from "./raster";
import { binAt, binsOf, jitter, ranks, rSquared, throughput, wilson } from "./stats";
import { lanesOf, NOBODY } from "./timeline";
import { around, beside, between, isSane, look, readWindows, WHOLE, windowOf, writeWindows } from "./zoom";

const f32 = (...values: number[]) => Float32Array.of(...values);
const tableOf = (data: Record<string, number[]>, categories: Record<string, string[]> = {}): Columns => ({
  n: Object.values(data)[0]?.length ?? 0, revision: 1, start: 0,
  data: new Map(Object.entries(data).map(([name, values]) => [name, Float32Array.from(values)])), categories: new Map(Object.entries(categories)),
});

describe("axes", () => {
  const log: Spec = { name: "lr", kind: "log", span: { low: 1e-5, high: 0.1 } };
  it("agree with d3 on where a value is", () => {
    const axis = axisOf(log, [0, 400]);
    expect(axis.at(1e-3)).toBeCloseTo(200, 6);
    expect(axis.invert(200)).toBeCloseTo(1e-3, 9);
  });
  it("have no place for what no logarithm has", () => {
    expect(axisOf(log, [0, 400]).at(0)).toBeNaN();
    expect(axisOf(log, [0, 400]).at(-1)).toBeNaN();
    expect(axisOf({ ...log, span: { low: 0, high: 0 } }, [0, 400]).kind).toBe("linear");
  });
  it("begin at something positive where values reach down to zero", () => expect(axisOf({ ...log, span: { low: 0, high: 1 } }, [0, 400]).ticks.length).toBeGreaterThan(1));
  it("never mark more than there is room for", () => {
    for (const high of [1, 1e3, 1e30, 3e38]) expect(axisOf({ name: "x", kind: "log", span: { low: 1e-30, high } }, [0, 300]).ticks.length).toBeLessThan(14);
    const many = Array.from({ length: 400 }, (_, at) => `c${at}`);
    expect(axisOf({ name: "x", kind: "category", span: { low: 0, high: 399 }, categories: many }, [0, 300]).ticks.length).toBeLessThan(40);
  });
  it("end exactly where somebody zoomed to", () => {
    const axis = axisOf({ name: "x", kind: "linear", span: { low: 0.123, high: 0.456 }, exact: true }, [0, 100]);
    expect([axis.at(0.123), axis.at(0.456)].map((each) => Math.round(each))).toEqual([0, 100]);
  });
  it("zoom into categories, too", () => {
    const spec: Spec = { name: "k", kind: "category", span: { low: 0.5, high: 1.5 }, categories: ["a", "b", "c"], exact: true };
    expect(axisOf(spec, [0, 90]).ticks.map((tick) => tick.label)).toEqual(["b"]);
    expect(whole(spec)).toEqual({ low: -0.5, high: 2.5 });
  });
  it("tell the time", () => {
    const axis = axisOf({ name: "t", kind: "time", span: { low: 0, high: 7200 }, start: 1_700_000_000 }, [0, 600]);
    expect(axis.kind).toBe("time");
    expect(axis.ticks.length).toBeGreaterThan(2);
    expect(axis.ticks[0]!.label).toMatch(/^\d\d:\d\d$/);
  });
});

describe("a window", () => {
  const axis = axisOf({ name: "x", kind: "linear", span: { low: 0, high: 100 }, exact: true }, [0, 200]);
  it("outlives the chart that it is of", () => {
    look("e/history", { x: { low: 1, high: 2 }, y: null });
    expect(windowOf("e/history").x).toEqual({ low: 1, high: 2 });
    look("e/history", { x: null, y: null });
    expect(windowOf("e/history")).toBe(WHOLE);
  });
  it("stand in the address", () => {
    const all = new Map([["history-number-quality", { x: { low: -1.5, high: 2e-7 }, y: null }], ["a,b:c%", { x: null, y: { low: 0, high: 3 } }]]);
    expect(readWindows(writeWindows(all))).toEqual(all);
    expect(readWindows("nonsense,a:b:c,a:1~x:2~1,:1~2:")).toEqual(new Map());
    expect(readWindows(null)).toEqual(new Map());
  });
  it("looks closer around the pointer", () => {
    expect(around(axis, [0, 200], 50, 0.5)).toEqual({ low: 12.5, high: 62.5 });
    expect(beside(axis, [0, 200], 0.5)).toEqual({ low: 50, high: 150 });
    expect(between(axis, 100, 20)).toEqual({ low: 10, high: 50 });
  });
  it("stops where numbers end", () => {
    expect(isSane({ low: 1, high: 1 + 1e-9 })).toBe(false);
    expect(isSane({ low: -Infinity, high: 1 })).toBe(false);
    expect(isSane({ low: 0, high: 1e-30 })).toBe(true);
  });
  it("moves by factors on a logarithm", () => {
    const log = axisOf({ name: "x", kind: "log", span: { low: 1, high: 100 }, exact: true }, [0, 200]);
    expect(beside(log, [0, 200], 0.5).high).toBeCloseTo(1000, 6);
  });
});

describe("pointing", () => {
  it.each([10, 20_000])("finds the mark under it, of %i", (count) => {
    const xs = Float32Array.from({ length: count }, (_, at) => (at * 37) % 300);
    const ys = Float32Array.from({ length: count }, (_, at) => (at * 91) % 200);
    const found = hitOf(xs, ys, 300, 200).find(xs[7]!, ys[7]!);
    expect([xs[found], ys[found]]).toEqual([xs[7], ys[7]]);
  });
  it("finds nothing where nothing is", () => {
    expect(hitOf(f32(10, NaN), f32(10, 5), 100, 100).find(80, 80)).toBe(-1);
    expect(hitOf(f32(), f32(), 100, 100).find(1, 1)).toBe(-1);
  });
  it("finds bars as wide as they are", () => {
    const buffer = new Buffer(100, 20);
    buffer.rect(10, 5, 60, 10, 3);
    expect([buffer.find(55, 7), buffer.find(90, 7, 4), buffer.find(-50, 3)]).toEqual([3, -1, -1]);
  });
  it("goes from mark to mark by keys", () => {
    const pixels = { xs: f32(30, 10, 20, 500), ys: f32(1, 1, 1, 1) };
    expect(stepped(pixels, 100, 100, -1, 1)).toBe(1);
    expect(stepped(pixels, 100, 100, 1, 1)).toBe(2);
    expect(stepped(pixels, 100, 100, 0, 1)).toBe(0);
    expect(stepped({ xs: f32(), ys: f32() }, 100, 100, -1, 1)).toBe(-1);
  });
});

it("draws few jobs each as a path of its own", () => {
  const lines = { xs: [0, 10, 20], places: [f32(1, 2), f32(3, NaN), f32(5, 6)], chosen: Uint8Array.of(1, 0) };
  expect(seriesOf(lines)).toEqual(["M0.0 1.0L10.0 3.0L20.0 5.0", "M0.0 2.0L0.0 2.0M20.0 6.0L20.0 6.0"]);
});

describe("limits", () => {
  const columns = tableOf({ lr: [0.1, 0.2, 0.3, NaN], kind: [0, 1, 0, NaN] }, { kind: ["adam", "s gd"] });
  it("go into the filter in place of those before, and come out of it again", () => {
    const first = withLimits('status:done "two words"', { lr: { low: 0.15, high: 0.25 } });
    expect(first).toBe('status:done "two words" lr>=0.15 lr<=0.25');
    const second = withLimits(first, { lr: { low: 0.1, high: 0.2 }, kind: { values: ["adam", "s gd"] } });
    expect(second).toBe('status:done "two words" lr>=0.1 lr<=0.2 kind:adam,"s gd"');
    expect(split(second, ["lr", "kind"])).toEqual({ limits: { lr: { low: 0.1, high: 0.2 }, kind: { values: ["adam", "s gd"] } }, rest: 'status:done "two words"' });
    expect(withLimits(second, { lr: null, kind: null })).toBe('status:done "two words"');
  });
  it("leave to the server what it alone can tell", () => {
    expect(split("other>=1 lr<0.1 lr!=3 status:done lr>=x", ["lr", "status"])).toEqual({ limits: {}, rest: "other>=1 lr<0.1 lr!=3 status:done lr>=x" });
    expect(split("lr>=0.1", ["lr"]).limits).toEqual({ lr: { low: 0.1, high: Infinity } });
  });
  it("choose the jobs within them", () => {
    expect([...within(columns, { lr: { low: 0.2, high: 1 } })]).toEqual([0, 1, 1, 0]);
    expect([...within(columns, { kind: { values: ["ADAM"] } })]).toEqual([1, 0, 1, 0]);
    expect([...within(columns, { lr: { values: ["0.2"] } })]).toEqual([0, 1, 0, 0]);
    expect(pickRows(columns, Uint8Array.of(0, 1, 0, 0)).data.get("lr")).toEqual(f32(0.2));
    expect(pickRows(columns, Uint8Array.of(1, 1, 1, 1))).toBe(columns);
  });
  it("may be on fields with odd names", () => {
    const marked = withLimits("", { "a b": { low: 0, high: 1 }, "<b>": { low: 0, high: 2 } });
    expect(marked).toBe('"a b">=0 "a b"<=1 "<b>">=0 "<b>"<=2');
    expect(split(marked, ["a b", "<b>"])).toEqual({ limits: { "a b": { low: 0, high: 1 }, "<b>": { low: 0, high: 2 } }, rest: "" });
  });
  it("are whole numbers where all values are", () => {
    const mixed = tableOf({ number: [1, 2, NaN, 900], lr: [0.5, 1, 2, 3] });
    const drawn = { low: 435.035, high: 900.9 };
    expect(atWholes({ number: drawn, lr: drawn, kind: { values: ["a"] }, x: null }, mixed)).toEqual({ number: { low: 436, high: 900 }, lr: drawn, kind: { values: ["a"] }, x: null });
    expect(atWholes({ number: { low: 1.2, high: 1.8 } }, mixed)).toEqual({ number: { low: 1.2, high: 1.8 } });
    expect(termOf("number", { low: 1_234_567, high: 2_345_678 })).toBe("number>=1234567 number<=2345678");
  });
  it("are sets of categories where there are any", () => {
    expect(limitOf({ low: 0.4, high: 2.2 }, ["a", "b", "c", "d"])).toEqual({ values: ["b", "c"] });
    expect(termOf("kind", { values: ['say "hi"'] })).toBe('kind:"say \\"hi\\""');
  });
});

describe("statistics", () => {
  it("know Wilson's interval", () => {
    const { share, low, high } = wilson(1, 10);
    expect([share, low, high].map((each) => Number(each.toFixed(4)))).toEqual([0.1, 0.0179, 0.4042]);
    expect(wilson(0, 20).low).toBe(0);
    expect(wilson(20, 20).high).toBe(1);
    expect(wilson(0, 0)).toEqual({ share: NaN, low: 0, high: 1 });
  });
  it("bin by width, by ratio, or by value", () => {
    expect(binsOf(f32(0, 5, 10, 7, 3, NaN, Infinity), 2, false)).toEqual([{ low: 0, high: 5 }, { low: 5, high: 10 }]);
    expect(binsOf(f32(1, 10, 100, -1), 2, true).map((bin) => Math.round(bin.high))).toEqual([10, 100]);
    expect(binsOf(f32(2, 1, 2), 10, false)).toEqual([{ low: 1, high: 1 }, { low: 2, high: 2 }]);
    expect(binsOf(f32(NaN), 10, false)).toEqual([]);
  });
  it("put each value into one bin, the ends too", () => {
    const bins = binsOf(Float32Array.from({ length: 100 }, (_, at) => at), 10, false);
    const counts = bins.map(() => 0);
    for (let value = 0; value < 100; value++) counts[binAt(bins, value)]!++;
    expect(counts.reduce((sum, each) => sum + each, 0)).toBe(100);
    expect([binAt(bins, -1), binAt(bins, 1000), binAt(bins, NaN), binAt(bins, 99)]).toEqual([-1, -1, -1, 9]);
  });
  it("rank with ties, the best last", () => {
    expect([...ranks(f32(1, 3, 2, NaN), true)]).toEqual([0, 1, 0.5, NaN]);
    expect([...ranks(f32(1, 3, 3), false)]).toEqual([1, 0.25, 0.25]);
    expect([...ranks(f32(5), true)]).toEqual([1]);
    expect([...ranks(f32(-Infinity, 0), true)]).toEqual([0, 1]);
  });
  it("tell how much is explained", () => {
    expect(rSquared([1, 2, 3], [1, 2, 3])).toBe(1);
    expect(rSquared([1, 2, 3], [2, 2, 2])).toBe(0);
    expect(rSquared([1, 1], [1, 1])).toBeNaN();
    expect(rSquared([1, 2, NaN, 3], [1, 2, 5, 3])).toBe(1);
  });
  it("count by the hour, and no more hours than fit", () => {
    const { width, hours } = throughput(f32(0, 10, 3700, NaN), f32(0, 1, 0, 0), 2, 7200);
    expect(hours.reduce((sum, hour) => sum + hour.counts[0]! + hour.counts[1]!, 0)).toBe(3);
    expect(hours.length).toBeLessThanOrEqual(48);
    expect(width).toBe(300);
    expect(throughput(f32(NaN), f32(0), 1, 100).hours).toEqual([]);
    expect(throughput(f32(0, 3e9), f32(0, 0), 1, 3e9).hours.length).toBeLessThanOrEqual(49);
  });
  it("scatter the same way each time", () => { for (let at = 0; at < 1000; at++) expect(Math.abs(jitter(at))).toBeLessThanOrEqual(0.5); });
});

describe("failures", () => {
  const columns = tableOf({ status: [0, 0, 1, 1, 2, 0], batch: [1, 1, 9, 9, 9, NaN], kind: [0, 0, 1, 1, 1, 0] }, { status: ["DONE", "CRASHED", "RUNNING"], kind: ["a", "b"] });
  it("count what ended", () => {
    const found = failuresBy(columns, "batch", String);
    expect(found.groups.map((group) => [group.label, group.failed, group.ended])).toEqual([["1", 0, 2], ["9", 2, 2]]);
    expect([found.failed, found.ended, found.without]).toEqual([2, 5, 1]);
  });
  it("know which field tells most", () => {
    const many = tableOf({ status: Array.from({ length: 100 }, (_, at) => at % 2), a: Array.from({ length: 100 }, (_, at) => at % 2), b: Array.from({ length: 100 }, (_, at) => at % 5) }, { status: ["DONE", "CRASHED"] });
    expect(gap(failuresBy(many, "a", String))).toBeGreaterThan(0.8);
    expect(gap(failuresBy(many, "b", String))).toBeLessThan(0);
    expect(failuresBy(columns, "kind", String).groups.map((group) => group.label)).toEqual(["a", "b"]);
  });
});

describe("a surface", () => {
  const line: GridAxis = { field: "a", scale: "linear", values: [0, 1, 2, 3], categories: null };
  const log: GridAxis = { field: "b", scale: "log", values: [1, 10, 100, 1000], categories: null };
  const kinds: GridAxis = { field: "c", scale: "category", values: [0, 1], categories: ["x", "y"] };
  const rows = [0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((column) => row + column));
  it("knows places between its values", () => {
    expect(placeOf(line)(1.5)).toBe(1.5);
    expect(placeOf(log)(10)).toBeCloseTo(1, 9);
    expect(placeOf(line)(4)).toBeNaN();
    expect([placeOf(kinds)(0.3), placeOf(kinds)(1.7)]).toEqual([0, NaN]);
    expect(sampled(rows, 1.5, 0.5)).toBe(2);
    expect(sampled(rows, NaN, 0)).toBeNaN();
    expect(spanOf([[NaN]])).toEqual([0, 1]);
  });
  it("draws lines of equal value where these are", () => {
    const [x, y] = [axisOf({ name: "a", kind: "linear", span: { low: 0, high: 3 }, exact: true }, [0, 300]), axisOf({ name: "b", kind: "log", span: { low: 1, high: 1000 }, exact: true }, [300, 0])];
    expect(pixelOf(log, y)(1)).toBeCloseTo(200, 6);
    const found = isolines(rows, line, log, x, y, 1);
    expect(found.map((each) => each.value)).toEqual([3]);
    // Where row and column add up to three: from one corner to the other.
    for (const [, px, py] of found[0]!.path.matchAll(/([\d.-]+) ([\d.-]+)/g)) expect(Math.abs(Number(px) - Number(py))).toBeLessThan(51);
    expect(found[0]!.path).not.toContain("NaN");
    expect(isolines(rows, kinds, log, x, y)).toEqual([]);
    expect(isolines([[1, 1], [1, 1]], line, log, x, y)).toEqual([]);
  });
});

describe("lanes", () => {
  const columns = tableOf({ started: [5, 0, NaN, 7], finished: [6, 4, NaN, NaN], worker: [1, 0, NaN, NaN] }, { worker: ["one", "two"] });
  it("stand in the order in which workers came", () => {
    const lanes = lanesOf(columns, 20);
    expect(lanes.workers).toEqual(["one", "two", NOBODY]);
    expect(lanes.waiting).toBe(1);
    expect(lanes.bars.map((bar) => [bar.at, bar.lane, bar.to])).toEqual([[0, 1, 6], [1, 0, 4], [3, 2, 20]]);
    expect([lanes.low, lanes.high]).toEqual([0, 20]);
  });
});

describe("axes in a row", () => {
  it("are told by the address, and told to it", () => {
    const fields = ["lr", "a,b", "units"];
    const places = placesOf("-units,lr,gone", fields);
    expect(places).toEqual([{ field: "units", isFlipped: true }, { field: "lr", isFlipped: false }, { field: "a,b", isFlipped: false }]);
    expect(placesOf(textOf(places, fields), fields)).toEqual(places);
    expect(textOf(placesOf(null, fields), fields)).toBeNull();
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], 2, -5)).toEqual(["c", "a", "b"]);
  });
});

describe("drawing many", () => {
  const lines = { width: 200, height: 100, xs: [10, 190], places: [f32(20, 20, 80, NaN), f32(20, 20, 80, 5)], chosen: Uint8Array.of(1, 1, 0, 1), top: Uint8Array.of(0, 0, 0, 0), plain: [72, 108, 240] as const };
  it("draws as many lines binned as one by one, only coarser", () => {
    for (const draw of [drawLines, drawBinned]) {
      const picture = { data: new Uint8ClampedArray(200 * 100 * 4) };
      draw(picture, lines);
      const blue = (y: number) => Math.max(...[-1, 0, 1].map((by) => picture.data[((y + by) * 200 + 100) * 4 + 3]!));
      expect(blue(20)).toBeGreaterThan(0);
      expect(blue(50)).toBe(0);
    }
  });
  it("mixes colours where marks meet", () => {
    const raster = new ColourRaster(4, 4);
    raster.point(1, 1, 0, 200, 0, 0);
    raster.point(1, 1, 0, 0, 100, 0);
    raster.rect(2, 2, 4, 4, 9, 9, 9);
    const image = { data: new Uint8ClampedArray(64) };
    raster.paint(image);
    expect([...image.data.slice(20, 23)]).toEqual([100, 50, 0]);
    expect(image.data[3]).toBe(0);
  });
  it("fills boxes that are thinner than a pixel", () => {
    const raster = new Raster(10, 10);
    raster.rect(3.2, 3.2, 3.3, 3.3);
    expect(raster.peak).toBe(1);
  });
  it("puts a thousand dots into a few paths", () => {
    const paths = dotPaths(f32(1, 2, NaN, Infinity), f32(1, 2, 3, 4), Uint8Array.of(0, 0, 0, 1, 1, 1, 9, 9, 9, 9, 9, 9), [1, 2, 3]);
    expect([...paths.values()]).toEqual(["M1.0 1.0h0M2.0 2.0h0"]);
  });
});

describe("colours", () => {
  const experiment = { objective: { result: "loss", direction: "min" } } as never;
  it("are bright where it is good, in both themes", () => {
    const columns = tableOf({ quality: [0, 1, NaN] });
    const found = coloursOf({ colour: "quality", experiment, isMax: false }, columns, "dark")!;
    expect([...found.rgb.slice(0, 3)]).toEqual([...ramp(1, "dark")]);
    expect(found.key).toMatchObject({ name: "loss", from: "1", to: "0" });
    expect(coloursOf({ colour: "gone", experiment, isMax: true }, columns, "dark")).toBeNull();
  });
});

describe("taking away", () => {
  it("never lets a text become a formula", () => {
    expect(csvOf(["a", "=b"], [["=1+1", -1], ['say "hi"', NaN], ["-3.5", Infinity]])).toBe('"a","\'=b"\r\n"\'=1+1",-1\r\n"say ""hi""",\r\n"-3.5",Infinity');
  });
  it("makes names that files may have", () => {
    expect(fileName('a/b\\c:"<x>" ' + "y".repeat(200), "png").length).toBeLessThan(90);
    expect(fileName("///", "svg")).toBe("chart.svg");
  });
});

it("reads curves, those with gaps too", () => {
  const header = new TextEncoder().encode('{"points":2,"n":2,"lines":[4,9],"steps":[0,1],"bands":{"50":[1,NaN]},"used":2,"jobs":3,"note":null,"revision":1}');
  const buffer = new ArrayBuffer(4 + header.length + 16);
  new DataView(buffer).setUint32(0, header.length, true);
  new Uint8Array(buffer, 4).set(header);
  [1, NaN, 3, 4].forEach((value, at) => new DataView(buffer).setFloat32(4 + header.length + at * 4, value, true));
  const found = decodeCurves(buffer);
  expect([...found.values]).toEqual([1, NaN, 3, 4]);
  expect(found.lines).toEqual([4, 9]);
  expect(found.bands["50"]).toEqual([1, NaN]);
});

it("leaves gaps in curves open", () => {
  expect(curvePath([[0, 1], [1, 2], [2, NaN], [3, 4], [4, NaN], [5, 6], [6, 7]])).toBe("M0.0 1.0L1.0 2.0M3.0 4.0L3.0 4.0M5.0 6.0L6.0 7.0");
  expect(curvePath([[0, NaN]])).toBe("");
  expect(areaOf([[0, 1], [1, NaN], [2, 1]], [[0, 3], [1, NaN], [2, 3]])).toBe("M0.0 3.0L0.0 1.0ZM2.0 3.0L2.0 1.0Z");
  expect(areaOf([[0, NaN], [1, 1]], [[0, 3], [1, 3]])).toBe("M1.0 3.0L1.0 1.0Z");
});

it("takes only results for curves", () => {
  const field = { kind: "curve" as "other", low: null, high: null, missing: 0, categories: [] };
  expect(curveFields([{ ...field, name: "hyperparameters.layers" }, { ...field, name: "results.losses" }])).toEqual(["results.losses"]);
});

it("finds what was better than all before, in any order of arrival", () => {
  expect(improvements(f32(3, 1, 2, NaN), f32(9, 1, 5, 99), true, f32(30, 10, 20, 40)).map((step) => step.number)).toEqual([10, 20, 30]);
  expect(improvements(f32(1, 2), f32(NaN, NaN), true)).toEqual([]);
});

it("shows the charts that an address names, and the usual ones else", () => {
  expect(chosenOf("ecdf,history,nonsense", false).map((chart) => chart.id)).toEqual(["history", "ecdf"]);
  expect(chosenOf(null, true).map((chart) => chart.id).sort()).toEqual([...usual(true)].sort());
  expect(chosenOf("none", true)).toEqual([]);
});

it("tells crashes of one kind as one", () => {
  const job = (reason: string | null) => ({ id: "x", reason }) as Job;
  const groups = groupReasons([job("OOM at 0x7ff, 12 MiB"), job("OOM at 0xabc, 900.5 MiB"), job(null), job("Traceback (most recent call last):\n  File x\nValueError: no")]);
  expect(groups.map((group) => [group.count, group.reason])).toEqual([[2, "OOM at 0x7ff, 12 MiB"], [1, "without a reason"], [1, "ValueError: no"]]);
  expect(headline("x".repeat(500)).length).toBe(140);
});

describe("a population", () => {
  // Two members; in the second generation, member 2 copies member 1 and goes on from there.
  const columns = tableOf({ number: [1, 2, 3, 4, 5], parent: [NaN, NaN, 1, 1, 4], member: [1, 2, 1, 2, 2], generation: [0, 0, 1, 1, 2], quality: [1, 0, 2, 3, 4], status: [0, 0, 0, 0, 0], lr: [1, 2, 1, 1.2, 1.2] }, { status: ["DONE"] });
  const nodes = nodesOf(columns);
  const before = predecessors(nodes);
  it("knows who came from whom", () => {
    expect(lineOf(5, before)).toEqual([1, 4, 5]);
    expect([...familyOf(4, before)].sort()).toEqual([1, 4, 5]);
    expect([...familyOf(1, before)].sort()).toEqual([1, 3, 4, 5]);
    expect([...abandoned(nodes, before)]).toEqual([2]);
  });
  it("knows what was changed, and how much it still differs", () => {
    expect(factor(1, 1.2)).toBeCloseTo(1.2, 9);
    expect([factor(1, 1), factor(0, 1), factor(NaN, 1), factor(-1, 1), factor(undefined, 1)]).toEqual([null, null, null, null, null]);
    const found = diversity(columns, nodes, ["lr", "gone"]);
    expect(found.map((each) => Number(each.toFixed(2)))).toEqual([0.5, 0.1, 0]);
    expect(diversity(columns, nodes, [])).toEqual([]);
  });
});
