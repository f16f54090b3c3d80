import { describe, expect, it } from "vitest";
import { remaining, toCome } from "./pace";
import { inWords } from "./standing";
import { readPrefs, USUAL } from "./prefs";

const counts = { QUEUED: 3, RUNNING: 1, DONE: 10, CRASHED: 2, PRUNED: 0 };

describe("what is left", () => {
  it("is known where there is an end", () => {
    expect(toCome({ scheduler: { Manual: null }, counts })).toBe(4);
    expect(toCome({ scheduler: { PBT: { numParallel: 5, maxGenerations: 4 } }, counts })).toBe(10);
    expect(toCome({ scheduler: { PBT: { numParallel: null } }, counts })).toBeNull();
    expect(toCome({ scheduler: { RandomSearch: {} }, counts })).toBeNull();
  });
  it("takes as long as the pace says", () => {
    expect(remaining({ scheduler: { Manual: null }, counts, status: "RUNNING" }, 8)).toBe(1800);
    expect(remaining({ scheduler: { Manual: null }, counts, status: "RUNNING" }, 0)).toBeNull();
    expect(remaining({ scheduler: { Manual: null }, counts, status: "DONE" }, 8)).toBeNull();
  });
});

describe("how fresh it is", () => {
  const at = (kind: "live" | "polling" | "away", isFallback = false) => {
    const { says, counts: counted } = inWords({ kind, next: 50_000, heard: 2_000, isFallback }, 45_000);
    return says + counted;
  };
  it("is said in words", () => {
    expect(at("live")).toBe("Live");
    expect(at("polling")).toBe("Refresh in 5 s");
    expect(at("polling", true)).toBe("No live stream: refresh in 5 s");
    expect(at("away")).toBe("The server is away. Last update 43 s ago, trying again in 5 s");
  });
});

describe("preferences", () => {
  it("survive nonsense", () => {
    for (const text of [null, "", "[", "null", '{"size": 7, "keys": "no", "times": []}']) expect(readPrefs(text)).toEqual(USUAL);
    expect(readPrefs('{"size": 100, "keys": false}')).toEqual({ ...USUAL, size: 100, keys: false });
  });
});
