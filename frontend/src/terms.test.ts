import { describe, expect, it } from "vitest";
import type { Field } from "./api";
import { boundsOf, equals, joined, namesOf, oneOf, strangers, terms, termsOf, valuesOf, withField } from "./terms";

const fieldsOf = (...names: string[]) => names.map((name): Field => ({ name, kind: "number", low: 0, high: 1, categories: [], missing: 0 }) as Field);

describe("a filter", () => {
  it("is cut into its conditions", () => {
    expect(terms(' status:done  lr<1e-3 note~"two words" abc "crashed early" ')).toEqual(["status:done", "lr<1e-3", 'note~"two words"', "abc", '"crashed early"']);
    expect(terms("")).toEqual([]);
  });
  it("keeps a quote that never ends", () => expect(joined(terms('a="b c'))).toBe('a="b c'));
  it("is the same put together again", () => {
    for (const text of ["a<1 b>=2", 'x:"a b,c"', "status:done,running", "a!=b worker~gpu", '"two words"<1 x:"a b",c']) expect(joined(terms(text))).toBe(text);
  });
  it("tells fields and values of conditions", () => {
    const read = (text: string) => termsOf(text).map(({ field, operator, values }) => [field, operator, ...values]);
    expect(read("results.loss<=2 word")).toEqual([["results.loss", "<=", "2"], [null, "", ""]]);
    expect(read('"the crop":"top, left",centre')).toEqual([["the crop", ":", "top, left", "centre"]]);
    expect(read("layers:[64,32] a:b, c:")).toEqual([["layers", ":", "[64,32]"], ["a", ":", "b"], ["c", ":", ""]]);
    expect(read('opt="a,b"')).toEqual([["opt", "=", "a,b"]]);
  });
  it("gets other conditions on one field, however it is called", () => {
    expect(withField("a<1 b=2 a>0", ["a"], ["a>=5"])).toBe("b=2 a>=5");
    expect(withField("a<1", ["a"], [])).toBe("");
    expect(withField("hyperparameters.lr<1 x lr>0", ["hyperparameters.lr", "lr"], ["lr>=5"])).toBe("x lr>=5");
  });
  it("knows bounds and values", () => {
    expect(boundsOf("lr>=1e-4 lr<0.1 x>2", ["hyperparameters.lr", "lr"])).toEqual(["1e-4", "0.1"]);
    expect(valuesOf('kind:a,b other:"c d"', ["kind"])).toEqual(["a", "b"]);
    expect(valuesOf('other:"c d",e', ["other"])).toEqual(["c d", "e"]);
    expect(valuesOf("other=e", ["other"])).toEqual(["e"]);
  });
  it("is written so that it means the same when it is read", () => {
    for (const values of [["adam"], ["a b", "c,d"], ['say "hi"', ""], ["[64, 64]", "\\"]]) {
      expect(termsOf(oneOf("the field", values))).toMatchObject([{ field: "the field", operator: ":", values }]);
      expect(termsOf(equals("f", values[0]!))).toMatchObject([{ field: "f", operator: "=", values: [values[0]] }]);
    }
    expect(oneOf("kind", ["a", "b"])).toBe("kind:a,b");
  });
  it("may call a field for short where that means no other", () => {
    const fields = fieldsOf("number", "hyperparameters.lr", "hyperparameters.loss", "results.loss", "results.number");
    expect(namesOf("hyperparameters.lr", fields)).toEqual(["hyperparameters.lr", "lr"]);
    expect(namesOf("results.loss", fields)).toEqual(["results.loss"]);
    expect(namesOf("results.number", fields)).toEqual(["results.number"]);
  });
  it("may name fields that no job has", () => {
    expect(strangers("lr<1 los>2 status:done word los<3", ["hyperparameters.lr", "status"])).toEqual(["los"]);
  });
});
