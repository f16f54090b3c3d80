import { describe, expect, it } from "vitest";
import { py, pyValue, sh } from "./copyas";

describe("words to copy", () => {
  it("are safe in a shell", () => {
    expect(sh("mnist-1")).toBe("mnist-1");
    expect(sh("it's $HOME")).toBe(`'it'\\''s $HOME'`);
    expect(sh("")).toBe("''");
  });
  it("are strings in Python", () => {
    expect(py('a "b"\n\u202e')).toBe('"a \\"b\\"\\u000a\\u202e"');
    expect(py("\ud83d\ude00")).toBe('"\\U0001f600"');
  });
  it("are values in Python", () => {
    expect(pyValue({ a: [1, 2.5, true, null], b: NaN, c: -Infinity })).toBe('{"a": [1, 2.5, True, None], "b": float("nan"), "c": float("-inf")}');
  });
});
