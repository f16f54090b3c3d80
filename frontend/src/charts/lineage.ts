/** Who came from whom in a population, and how it changed on the way. */

import type { Columns } from "../api";
import { extent, suggestsLog } from "./axis";

export interface Node {
  at: number;
  number: number;
  parent: number | null;
  member: number;
  generation: number;
  quality: number;
  status: string;
}

export function nodesOf(columns: Columns): Node[] {
  const of = (name: string) => columns.data.get(name)!;
  const statuses = columns.categories.get("status") ?? [];
  return Array.from({ length: columns.n }, (_, at) => ({
    at,
    number: of("number")[at]!,
    parent: of("parent")[at]! || null,
    member: of("member")[at]! || of("number")[at]!,
    generation: of("generation")[at]! || 0,
    quality: of("quality")[at]!,
    status: statuses[of("status")[at]!] ?? "",
  }));
}

/** The job that precedes each: the one that it copied, or the one before it in its own line. */
export function predecessors(nodes: Node[]): Map<number, number> {
  const known = new Set(nodes.map((each) => each.number));
  const latest = new Map<number, Node>();
  const found = new Map<number, number>();
  for (const node of [...nodes].sort((a, b) => a.number - b.number)) {
    const before = node.parent !== null && known.has(node.parent) ? node.parent : latest.get(node.member)?.number;
    if (before !== undefined) found.set(node.number, before);
    latest.set(node.member, node);
  }
  return found;
}

/** The jobs that led to one, the first one first. */
export function lineOf(to: number, before: Map<number, number>): number[] {
  const line = [to];
  for (let at = before.get(to); at !== undefined && line.length < 100_000; at = before.get(at)) line.push(at);
  return line.reverse();
}

/** The jobs that led to one, and those that it led to. */
export function familyOf(number: number, before: Map<number, number>): Set<number> {
  const family = new Set(lineOf(number, before));
  for (const child of [...before.keys()].sort((a, b) => a - b)) if (child > number && isAfter(child, number, before)) family.add(child);
  return family;
}

function isAfter(child: number, ancestor: number, before: Map<number, number>): boolean {
  for (let at = before.get(child); at !== undefined && at >= ancestor; at = before.get(at)) if (at === ancestor) return true;
  return false;
}

/** The last jobs of lines that were given up: what followed copied another member. */
export function abandoned(nodes: Node[], before: Map<number, number>): Set<number> {
  const byNumber = new Map(nodes.map((each) => [each.number, each]));
  const latest = new Map<number, number>();
  const found = new Set<number>();
  for (const node of [...nodes].sort((a, b) => a.number - b.number)) {
    const own = latest.get(node.member);
    const from = byNumber.get(before.get(node.number) ?? -1);
    if (own !== undefined && from && from.member !== node.member) found.add(own);
    latest.set(node.member, node.number);
  }
  return found;
}

/** By which factor a value changed; null where that says nothing. */
export function factor(from: number | undefined, to: number | undefined): number | null {
  if (from === undefined || to === undefined || !Number.isFinite(from + to) || from === 0 || from === to) return null;
  const found = to / from;
  return found > 0 ? found : null;
}

/** How far apart the members of each generation are: the mean over fields of the spread as a share of the whole range. */
export function diversity(columns: Columns, nodes: Node[], fields: string[]): number[] {
  const last = nodes.reduce((most, node) => Math.max(most, node.generation), 0);
  const sums = new Array<number>(last + 1).fill(0);
  let used = 0;
  for (const field of fields) {
    const values = columns.data.get(field);
    const span = values && extent(values);
    if (!values || !span || span.low === span.high) continue;
    used++;
    const bend = suggestsLog(values) ? Math.log : (value: number) => value;
    const width = bend(span.high) - bend(span.low);
    const groups = Array.from({ length: last + 1 }, () => [] as number[]);
    for (const node of nodes) if (Number.isFinite(values[node.at]!)) groups[node.generation]!.push((bend(values[node.at]!) - bend(span.low)) / width);
    groups.forEach((group, generation) => { sums[generation]! += deviation(group); });
  }
  return used ? sums.map((sum) => sum / used) : [];
}

function deviation(values: number[]): number {
  if (!values.length) return 0;
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  return Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length);
}
