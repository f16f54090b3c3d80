import { describe, expect, it, vi } from "vitest";
import { actionCommands, analysisCommands, experimentCommands, jobCommands, py, pyValue, queueCommands, sh, viewCommands } from "./copyas";

vi.stubGlobal("document", { baseURI: "http://localhost/" });

describe("analyses", () => {
  const all = (asked: Parameters<typeof analysisCommands>[1]) => Object.values(analysisCommands("m n", asked)).map((text) => text.replace(/^[^]*get_experiment\("m n"\)\n/, ""));
  it("ask for no more than they have to", () => {
    const [python, cli, curl] = all({ kind: "importance", filter: "", target: "quality" });
    expect(python).toBe("print(experiment.importance())");
    expect(cli).toBe("schedy importance 'm n'");
    expect(curl).toMatch(/experiments\/m%20n\/analysis\/importance\/'?$/);
  });
  it("name fields, target and filter", () => {
    const [python, cli, curl] = all({ kind: "surface", filter: "lr<1", fields: ["hyperparameters.lr", "hyperparameters.n"], target: "seconds" });
    expect(python).toBe('print(experiment.surface("hyperparameters.lr", "hyperparameters.n", target="seconds", filter="lr<1"))');
    expect(cli).toBe("schedy surface --target seconds -f 'lr<1' 'm n' hyperparameters.lr hyperparameters.n");
    expect(curl).toContain("surface/?x=hyperparameters.lr&y=hyperparameters.n&target=seconds&f=lr%3C1");
  });
  it("name goals", () => {
    const [python, cli] = all({ kind: "pareto", filter: "", objectives: [{ field: "quality", direction: "max" }, { field: "seconds", direction: "min" }] });
    expect(python).toBe('print(experiment.pareto(["quality:max", "seconds:min"]))');
    expect(cli).toBe("schedy pareto -o quality:max -o seconds:min 'm n'");
  });
});

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

describe("commands for what starts with a dash", () => {
  it("take no name for an option", () => {
    expect(experimentCommands("-a", "pause").cli).toBe("schedy pause -- -a");
    expect(jobCommands("-a", "1").cli).toBe("schedy show -- -a 1");
    expect(queueCommands("-a", { lr: 1 }).cli).toBe("schedy push -p lr 1 -- -a");
    expect(viewCommands("-a", { filter: "-x", sort: [], columns: ["id"], size: 50 }).cli).toBe("schedy export -f=-x --field id -o jobs.csv -- -a");
    expect(actionCommands("-a", { ids: ["1"] }, { action: "delete" }).cli).toBe("schedy rm -f -- -a 1");
  });
  it("take no value for an option", () => {
    expect(actionCommands("a", { ids: ["1"] }, { action: "void", reason: "-x y" }).cli).toBe("schedy void --reason='-x y' a 1");
    expect(actionCommands("-a", { filter: "lr<1", total: 3 }, { action: "tag", tag: "-t" }).cli).toBe("schedy act -f 'lr<1' -- -a tag -t");
  });
});
