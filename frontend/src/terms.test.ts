import { describe, expect, it } from "vitest";
import { boundsOf, fieldOf, joined, quoted, terms, valuesOf, withField } from "./terms";

describe("a filter", () => {
  it("is cut into its conditions", () => {
    expect(terms(' status:done  lr<1e-3 note~"two words" abc "crashed early" ')).toEqual(["status:done", "lr<1e-3", 'note~"two words"', "abc", '"crashed early"']);
    expect(terms("")).toEqual([]);
  });
  it("keeps a quote that never ends", () => expect(joined(terms('a="b c'))).toBe('a="b c'));
  it("is the same put together again", () => {
    for (const text of ["a<1 b>=2", 'x:"a b,c"', "status:done,running", "a!=b worker~gpu"]) expect(joined(terms(text))).toBe(text);
  });
  it("tells the field of a condition", () => {
    expect(fieldOf("results.loss<=2")).toBe("results.loss");
    expect(fieldOf("word")).toBeNull();
  });
  it("gets other conditions on one field", () => {
    expect(withField("a<1 b=2 a>0", "a", ["a>=5"])).toBe("b=2 a>=5");
    expect(withField("a<1", "a", [])).toBe("");
  });
  it("knows bounds and values", () => {
    expect(boundsOf("lr>=1e-4 lr<0.1 x>2", "lr")).toEqual(["1e-4", "0.1"]);
    expect(valuesOf('kind:a,b other:"c d"', "kind")).toEqual(["a", "b"]);
    expect(valuesOf('other:"c d,e"', "other")).toEqual(["c d", "e"]);
  });
  it("quotes what would be misread", () => {
    expect(quoted("adam")).toBe("adam");
    expect(quoted('a "b"')).toBe('"a \\"b\\""');
    expect(quoted("")).toBe('""');
  });
});
