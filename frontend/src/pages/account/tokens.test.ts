import { describe, expect, it } from "vitest";
import { expiry } from "./tokens";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-05-12T12:00:00Z");
const after = (hours: number) => expiry(new Date(NOW + hours * HOUR).toISOString(), NOW);

describe("when a token expires", () => {
  it("is plain as long as it is far", () => {
    for (const hours of [72, 7 * 24, 365 * 24]) expect(after(hours).className).toBeUndefined();
    expect(expiry(null, NOW)).toEqual({ text: "never" });
  });
  it("is amber for three days", () => {
    expect(after(71).className).toBe("warn");
    expect(after(24)).toMatchObject({ className: "warn", text: expect.stringContaining("in 1 d") });
  });
  it("is red on the last one, and once it is over", () => {
    expect(after(23)).toMatchObject({ className: "bad", text: expect.stringContaining("in 23 h") });
    expect(after(-1)).toMatchObject({ className: "bad", text: expect.stringContaining("expired") });
  });
});
