/** Says that something happened: `Noun:Verb` and its facts, none of them out of a record. */
export type Log = (event: string, facts?: Readonly<Record<string, unknown>>) => void;
