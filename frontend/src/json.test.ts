import { describe, expect, it } from "vitest";
import { parse, write } from "./json";

describe("JSON with numbers that JSON has not", () => {
  it("reads NaN and infinities, but not within text", () => {
    expect(parse('{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN, \\"NaN\\""}')).toEqual({
      a: NaN,
      b: [-Infinity, Infinity],
      c: 'NaN, "NaN"',
    });
  });
  it("refuses what is no JSON", () => {
    for (const text of ["{", "", "01234567890123456789", "NaNs", "--1234567890123456789"]) expect(() => parse(text)).toThrow();
  });
});

describe("JSON with large integers", () => {
  it("keeps every digit", () => {
    expect(parse('{"seed":1234567890123456789,"all":[-9007199254740993, 9007199254740991]}')).toEqual({ seed: 1234567890123456789n, all: [-9007199254740993n, 9007199254740991] });
    expect(parse("18446744073709551615")).toBe(18446744073709551615n);
  });
  it("leaves floats and texts alone", () => {
    const text = '{"a":[0.1234567890123456,12345678901234567.5,1e+20],"b":":1234567890123456789","1234567890123456789":1}';
    expect(parse(text)).toEqual(JSON.parse(text));
  });
});

it("writes back what it read", () => {
  for (const text of [
    '{"seed":1234567890123456789,"nan":NaN,"inf":[Infinity,-Infinity],"big":1e+20,"zero":-0.0}',
    '{"a":"\\u0000NaN","\\u0000b":["\\u0000\\u00001234567890123456789",NaN],"c":"say \\"NaN\\": 1234567890123456789"}',
    "-Infinity",
    '"NaN"',
  ]) expect(write(parse(text))).toBe(text);
  expect(write({ a: 9007199254740993n }, 2)).toBe('{\n  "a": 9007199254740993\n}');
  expect(write(undefined)).toBe("null");
});
