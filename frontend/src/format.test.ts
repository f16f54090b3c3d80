import { describe, expect, it } from "vitest";
import { ago, duration, number, short, stamp, value } from "./format";

describe("numbers", () => {
  it.each([
    [0, "0"],
    [1234567, "1,234,567"],
    [-1000, "-1,000"],
    [999, "999"],
    [0.00012345, "1.23e-4"],
    [0.123456, "0.1235"],
    [NaN, "NaN"],
    [-Infinity, "−∞"],
    [null, "–"],
    [1234567890123456789n, "1234567890123456789"],
  ])("shows %s as %s", (input, shown) => expect(number(input)).toBe(shown));
});

it("shows how long ago", () => {
  expect(ago("2026-01-01T00:00:00Z", Date.parse("2026-01-01T02:00:00Z"))).toBe("2 h ago");
  expect(duration(59)).toBe("59 s");
  expect(duration(90)).toBe("1.5 min");
});

it("shows a moment by both clocks", () => {
  const moment = new Date("2026-07-01T22:05:09.5Z");
  expect(stamp(moment, "utc")).toBe("2026-07-01 22:05:09");
  const two = (part: number) => String(part).padStart(2, "0");
  expect(stamp(moment, "local").slice(11)).toBe([moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(two).join(":"));
});

it("shortens long values and names", () => {
  expect(value("x".repeat(100))).toHaveLength(58);
  expect(value({ a: [1] })).toBe('{"a":[1]}');
  expect(value([NaN, 1])).toBe("[NaN,1]");
  expect(short("hyperparameters.lr")).toBe("lr");
});
