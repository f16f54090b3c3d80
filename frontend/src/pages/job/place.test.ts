import { expect, test } from "vitest";
import { difference } from "./place";

test("a difference to the best is told as people say it", () => {
  expect(difference(2e-3, 1e-3)).toBe("×2");
  expect(difference(1e-4, 1e-3)).toBe("×0.1");
  expect(difference(1.01, 1)).toBe("+0.01");
  expect(difference(-1, 1)).toBe("−2");
  expect(difference("adam", "adam")).toBe("the same");
  expect(difference("adam", "sgd")).toBeNull();
  expect(difference(NaN, 1)).toBeNull();
});
