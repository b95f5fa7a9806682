import type { TypedColumn } from '../../schemas/typed/column-type.ts';
import { memberTable, type FindMember } from './member-table.ts';

/** The members of an object that columns want. */
export interface MemberTree {
  readonly find: FindMember;
  /** By the numbers that `find` gives. */
  readonly members: readonly WantedMember[];
}

export interface WantedMember {
  /** Numbers of the columns whose value this is. */
  readonly columns: readonly number[];
  /** What is wanted inside, if anything is. */
  readonly inside?: MemberTree;
}

/** @throws {RangeError} for a path with an empty name in it. */
export function memberTree(columns: readonly TypedColumn[], caseSensitive: boolean): MemberTree {
  return treeOf(
    columns.map((column, number) => ({ number, names: namesOf(column) })),
    caseSensitive,
  );
}

interface Route {
  readonly number: number;
  readonly names: readonly string[];
}

function treeOf(routes: readonly Route[], caseSensitive: boolean): MemberTree {
  const groups = Map.groupBy(routes, ({ names: [name = ''] }) => (caseSensitive ? name : name.toLowerCase()));
  const members = [...groups.values()].map((group): WantedMember => {
    const inside = group
      .filter(({ names }) => names.length > 1)
      .map(({ number, names }) => ({ number, names: names.slice(1) }));
    return {
      columns: group.filter(({ names }) => names.length === 1).map(({ number }) => number),
      ...(inside.length > 0 && { inside: treeOf(inside, caseSensitive) }),
    };
  });
  const names = [...groups.values()].map(([first]) => first?.names[0] ?? '');
  return { find: memberTable(names, caseSensitive), members };
}

/** A path's names; a column's own name is one, dots and all. */
function namesOf({ name, path }: TypedColumn): readonly string[] {
  if (path === undefined) return [name];
  const names = path.replace(/^\$\./, '').split('.');
  if (names.includes(''))
    throw new RangeError(`the path ${path} of the column ${name} has an empty name in it`);
  return names;
}
