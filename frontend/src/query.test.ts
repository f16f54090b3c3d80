import { describe, expect, it } from "vitest";
import { isSameStep } from "./query";

describe("the way back", () => {
  it("takes a choice back", () => expect(isSameStep("/", "/?sort=a", {})).toBe(false));
  it("takes back at once what was typed", () => {
    expect(isSameStep("/", "/?q=a", { isTyping: true })).toBe(false);
    expect(isSameStep("/?q=a", "/?q=ab", { isTyping: true })).toBe(true);
    // What is typed after a choice, or after what was typed is settled, is a step of its own.
    expect(isSameStep("/?q=ab", "/?q=ab&sort=a", {})).toBe(false);
    expect(isSameStep("/?q=ab&sort=a", "/?q=abc&sort=a", { isTyping: true })).toBe(false);
    expect(isSameStep("/?q=abc&sort=a", "/?q=abc&sort=a", {})).toBe(true);
    expect(isSameStep("/?q=abc&sort=a", "/?q=abcd&sort=a", { isTyping: true })).toBe(false);
  });
  it("knows what leads nowhere", () => expect(isSameStep("/", "/?panel=1", { replace: true })).toBe(true));
});
