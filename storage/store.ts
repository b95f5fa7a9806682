/**
 * Objects by key, as S3 has them: whole objects are put and replaced, never edited, and a reader
 * sees one version of an object or another, never parts of both.
 *
 * A key is 1 to 1,024 bytes of UTF-8, of any characters but NUL, in segments that a folder can hold: none empty,
 * `.`, `..` or over 255 bytes. `get`, `head` and `put` throw {@link InvalidKeyError} for any other.
 */
export interface ObjectStore {
  /**
   * The object as it is now, or as `ifMatch` and `versionId` pin it.
   *
   * Read the body to its end, leave its loop, or dispose of it: until then it may hold a connection or a file.
   *
   * @throws {RangeError} when `range` is empty or starts at or after the end of the object.
   */
  get(key: string, options?: GetOptions): Promise<GetResult>;

  /** What is known of the object, or `undefined` if there is none. */
  head(key: string): Promise<ObjectInfo | undefined>;

  /**
   * Stores the whole body under the key, in place of what was there.
   *
   * What `body` gives must not be written to before the promise settles: it may be sent later, and again.
   *
   * The object is durable when the promise resolves. Nobody sees any of it before, and nothing at all if
   * `body` throws. Of puts to one key at the same time, one wins whole.
   */
  put(key: string, body: ObjectContent, options?: PutOptions): Promise<PutResult>;

  /**
   * Every object whose key starts with `prefix`, ascending by the UTF-8 bytes of the key. Objects put or deleted
   * meanwhile may or may not be there.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject>;

  /**
   * The prefixes one level below `prefix`, ascending: each ends with `/` and begins with `prefix`, which must be empty
   * or end with `/` itself. A folder that holds no object may be among them.
   */
  listFolders(prefix: string): Promise<readonly string[]>;

  /** Deletes each key, one result a key in their order. Deleting what is not there succeeds. */
  delete(keys: readonly string[]): Promise<readonly DeleteResult[]>;
}

export interface ObjectInfo extends ListedObject {
  /**
   * Equal for equal content put in one piece, without quotes. Compare it, and read nothing else into it. Empty when a
   * range was read without `ifMatch` from a store that would have to read the whole object for it.
   */
  readonly eTag: string;
  /** Only from stores that keep versions. */
  readonly versionId?: string;
}

export interface ListedObject {
  readonly key: string;
  /** Bytes of the whole object, also when a range of it is read. */
  readonly size: number;
  readonly lastModified: Date;
}

export type ObjectContent = Uint8Array | AsyncIterable<Uint8Array>;

/** Throws from its iterator if the object's bytes can no longer be those of the version that `get` told of. */
export interface ObjectBody extends AsyncIterable<Uint8Array>, AsyncDisposable {}

export interface GetOptions {
  /** The eTag the object must have. */
  readonly ifMatch?: string;
  /** A store that keeps no versions ignores it, so pass `ifMatch` as well. */
  readonly versionId?: string;
  readonly range?: ByteRange;
  /** Ends the call and the body with its reason. */
  readonly signal?: AbortSignal;
}

/** From `start` up to and without `end`, which may lie beyond the end of the object. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type GetResult =
  | { readonly kind: 'found'; readonly info: ObjectInfo; readonly body: ObjectBody }
  | { readonly kind: 'missing' }
  /** The object is there with this eTag, which is not the one in `ifMatch`. */
  | { readonly kind: 'changed'; readonly eTag: string };

export interface PutOptions {
  /** Leave an object that is there as it is. */
  readonly ifAbsent?: boolean;
  /** The eTag is not wanted, which a store that has to work it out then leaves empty in the result. */
  readonly withoutETag?: boolean;
}

export type PutResult =
  | { readonly kind: 'stored'; readonly eTag: string; readonly size: number }
  /** Only with `ifAbsent`: another object has the key, and is durable. */
  | { readonly kind: 'exists' };

export interface ListOptions {
  /** Only keys after this one. */
  readonly after?: string;
}

export type DeleteResult =
  | { readonly kind: 'deleted'; readonly key: string }
  | { readonly kind: 'failed'; readonly key: string; readonly error: Error };

/** The key is one that not every store can hold, such as one that would lead out of a folder. */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError';
  readonly key: string;

  constructor(key: string, reason: string) {
    super(`object key ${JSON.stringify(key)}: ${reason}`);
    this.key = key;
  }
}

/** The object was written again while its body was being read. Get it again. */
export class ObjectChangedError extends Error {
  override readonly name = 'ObjectChangedError';

  constructor(key: string) {
    super(`object ${JSON.stringify(key)} changed while it was being read`);
  }
}
