import { expect, it } from "vitest";
import { inside, segments } from "./address";

it.each([
  ["/", "/", []],
  ["/e/a%2Fb/jobs/c%20d", "/", ["e", "a/b", "jobs", "c d"]],
  ["/schedy/e/x", "/schedy/", ["e", "x"]],
  ["/e/100%", "/", ["e", "100%"]],
])("splits %s below %s", (path, base, parts) => expect(segments(path, base)).toEqual(parts));

it.each(["/", "/e/a%2Fb/jobs?f=lr%3C1&sort=-number", "/e/x#y", "/e/back%5Cslash"])("leads to %s", (to) => {
  for (const base of ["http://x/", "https://x:8/schedy/"]) expect(inside(to, base)).toBe(to);
});

it.each([null, "", "e/x", "/\\evil", "//evil", "/\t/evil", "\\\\evil", "https://evil/", "javascript:alert(1)", "/../../evil//", "/..//evil", "@evil", ".evil/", ":99999"])("does not leave for %j", (to) => {
  for (const base of ["http://x/", "https://x:8/schedy/"]) expect(inside(to, base)).toBe("/");
});

it("stays below its base", () => expect(inside("/../other", "http://x/schedy/")).toBe("/"));
