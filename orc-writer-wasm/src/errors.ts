/** Where in a file something went wrong, as far as it is known. */
export interface ErrorPlace {
  readonly offset?: number;
  readonly stripe?: number;
  readonly column?: number;
  readonly stream?: string;
}

/** Base of everything this package throws on purpose; `code` is stable, the message is for people. */
export class OrcError extends Error {
  readonly code: string;
  readonly place: ErrorPlace;

  constructor(code: string, message: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    const parts = Object.entries(place).map(([name, value]) => `${name} ${value}`);
    super(parts.length === 0 ? message : `${message} (${parts.join(', ')})`, options);
    this.name = new.target.name;
    this.code = code;
    this.place = place;
  }
}

/** Not an ORC file, or a tail that contradicts itself. */
export class FileFormatException extends OrcError {}

/** A valid file that uses something this package does not know: a later version, a codec, a type. */
export class UnknownFormatException extends OrcError {}

/** A chunk, run, dictionary or length inside a stripe that cannot be right. */
export class CorruptStreamError extends OrcError {}

/** A value, batch or option that does not fit the schema. */
export class SchemaMismatchError extends OrcError {}

/** The memory limit of a reader or writer, or the room of WebAssembly memory, does not suffice. */
export class MemoryLimitError extends OrcError {}

/** A writer was used after `close()` or `abort()`. */
export class WriterClosedError extends OrcError {}

/** Says where the file is broken, if the error does not say so itself; what is no OrcError stays as it is. */
export function withPlace(error: unknown, place: ErrorPlace): unknown {
  if (!(error instanceof OrcError) || Object.keys(error.place).length > 0) return error;
  // The classes differ in nothing but their names.
  const Same = error.constructor as typeof OrcError;
  return new Same(error.code, error.message, place, { cause: error });
}
