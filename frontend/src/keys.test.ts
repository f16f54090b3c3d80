import { describe, expect, it } from "vitest";
import { meaning, nameOf } from "./keys";

describe("a key", () => {
  it("has one name whatever the keyboard", () => {
    expect(nameOf({ key: "X", shiftKey: true })).toBe("shift+x");
    expect(nameOf({ key: "X", shiftKey: false })).toBe("x");
    expect(nameOf({ key: "?", shiftKey: true })).toBe("?");
    expect(nameOf({ key: "[", shiftKey: false })).toBe("[");
  });
  it("acts, or starts a sequence, or does nothing", () => {
    const known = ["j", "g e", "g w", "e"];
    expect(meaning(known, "", "j")).toEqual({ run: "j" });
    expect(meaning(known, "", "g")).toEqual({ start: "g" });
    expect(meaning(known, "g", "w")).toEqual({ run: "g w" });
    expect(meaning(known, "g", "e")).toEqual({ run: "g e" });
    expect(meaning(known, "", "e")).toEqual({ run: "e" });
    expect(meaning(known, "g", "q")).toBeNull();
    expect(meaning(known, "g", "j")).toEqual({ run: "j" });
  });
});
