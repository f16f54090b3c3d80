import { expect, it } from "vitest";
import { segments } from "./address";

it.each([
  ["/", "/", []],
  ["/e/a%2Fb/jobs/c%20d", "/", ["e", "a/b", "jobs", "c d"]],
  ["/schedy/e/x", "/schedy/", ["e", "x"]],
  ["/e/100%", "/", ["e", "100%"]],
])("splits %s below %s", (path, base, parts) => expect(segments(path, base)).toEqual(parts));
