import { describe, expect, it, vi } from "vitest";
import { bodyOf, DIMENSION, distributionOf, DRAFT, draftCommands, listOf, nameProblem, placeOf, problemOf, problemsOf, seedProblem, type Draft } from "./draft";

vi.stubGlobal("document", { baseURI: "http://localhost/" });

const lr = { ...DIMENSION, name: "lr" };

describe("a draft", () => {
  it("becomes what travels", () => {
    expect(bodyOf({ ...DRAFT, result: "accuracy" })).toEqual({
      status: "RUNNING",
      scheduler: { RandomSearch: { lr: { loguniform: { low: 1e-5, high: 0.1 } } } },
      objective: { result: "accuracy", direction: "max" },
    });
    expect(bodyOf({ ...DRAFT, scheduler: "Manual", isPaused: true })).toEqual({ status: "DONE", scheduler: { Manual: null } });
  });
  it("becomes a population with each way to vary", () => {
    const space = [lr, { ...lr, name: "a", explore: "resample" }, { ...lr, name: "b", explore: "perturbchoice" }, { ...lr, name: "c", explore: "keep" }] as Draft["space"];
    const body = bodyOf({ ...DRAFT, scheduler: "PBT", result: "q", generations: "", space }) as { scheduler: { PBT: Record<string, unknown> } };
    expect(body.scheduler.PBT).toMatchObject({
      qualityResultName: "q",
      numParallel: 10,
      explore: { lr: { perturb: { minFactor: 0.8, maxFactor: 1.25 } }, a: { resample: { probability: 0.25 } }, b: { perturbchoice: { factors: [0.8, 1.25] } } },
    });
    expect(body.scheduler.PBT).not.toHaveProperty("maxGenerations");
    expect(Object.keys(body.scheduler.PBT["init"] as object)).toEqual(["lr", "a", "b", "c"]);
  });
  it("reads lists as they are meant", () => {
    expect(listOf("1, 2.5, true")).toEqual([1, 2.5, true]);
    expect(listOf("adam, sgd , 3")).toEqual(["adam", "sgd", 3]);
    expect(listOf('"a, b", [1, 2]')).toEqual(["a, b", [1, 2]]);
    expect(listOf(" ")).toEqual([]);
  });
  it("says what is wrong in the words of the form", () => {
    expect(problemOf(lr, true)).toBeNull();
    expect(problemOf({ ...lr, low: "-1" }, false)).toBe("From must be above 0, got -1");
    expect(problemOf({ ...lr, low: "2", high: "1" }, false)).toBe("From must not exceed To, got 2 and 1");
    expect(problemOf({ ...lr, low: "" }, false)).toBe("From must be a number");
    expect(problemOf({ ...lr, kind: "choice" }, false)).toBe("Choices must not be empty");
    expect(problemOf({ ...lr, kind: "choice", values: "1, 2", weights: "1" }, false)).toBe("There must be as many weights as choices, got 1 for 2");
    expect(problemOf({ ...lr, minFactor: "3" }, true)).toBe("Factor from must not exceed Factor to, got 3 and 1.25");
    expect(problemOf({ ...lr, minFactor: "3" }, false)).toBeNull();
  });
  it("loses no line", () => {
    expect(problemsOf([lr, { ...lr, name: " lr " }, { ...lr, name: "b" }], false)).toEqual([null, "There is a lr already", null]);
    expect(problemsOf([lr, DIMENSION, { ...DIMENSION, high: "1" }], false)).toEqual([null, null, "It needs a name; or take the line away"]);
  });
  it("knows names that addresses can't have", () => {
    expect(["", "mnist", "...", ".a"].map(nameProblem)).toEqual([null, null, null, null]);
    expect(nameProblem("  ")).toMatch("spaces");
    expect(nameProblem(".. ")).toMatch("take another name");
  });
  it("sends no other seed than was written", () => {
    expect(["", "7", "9007199254740991"].map(seedProblem)).toEqual([null, null, null]);
    expect(seedProblem("9007199254740993")).toMatch("up to 9007199254740991 only");
  });
  it("is copied under the name that it gets", () => {
    const { python, cli, curl } = draftCommands({ ...DRAFT, name: "-a ", scheduler: "Manual", result: "-q" });
    expect(python).toContain('"-a",');
    expect(cli).toBe("schedy add -- -a manual --maximize=-q");
    expect(curl).toContain("/experiments/-a/");
  });
  it("knows its distributions", () => {
    expect(distributionOf({ ...lr, kind: "const", value: "relu" })).toEqual({ const: "relu" });
    expect(distributionOf({ ...lr, kind: "choice", values: "1,2", weights: "1,3" })).toEqual({ choice: { values: [1, 2], weights: [1, 3] } });
  });
});

describe("what the server refuses", () => {
  it("is said where it belongs", () => {
    const draft = { ...DRAFT, space: [lr, { ...lr, name: "my lr.x" }] };
    expect(placeOf("scheduler.RandomSearch.lr.loguniform: low must be above 0, got -1.0", draft)).toEqual({ at: "space lr", says: "low must be above 0, got -1.0" });
    expect(placeOf("scheduler.RandomSearch.my lr.x.uniform: bad", draft)).toEqual({ at: "space my lr.x", says: "bad" });
    expect(placeOf("scheduler.PBT.exploit.truncate: the proportion must be above 0", draft)).toEqual({ at: "proportion", says: "the proportion must be above 0" });
    expect(placeOf("The name of the experiment has 600 characters; 500 are allowed.", draft).at).toBe("name");
    expect(placeOf("something else", draft)).toEqual({ at: "", says: "something else" });
  });
});
