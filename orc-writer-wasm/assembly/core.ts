// What the host may call. Every file beside this one is one part of the ORC specification.
// Rules that hold everywhere: memory is addressed directly, nothing is managed, nothing throws (a result says what
// went wrong), no i64 crosses the boundary.

export { encodeBytes, decodeBytes, packPresent, unpackPresent } from './byte-rle';
export {
  newDictionary,
  freeDictionary,
  intern,
  internMapped,
  locateEntries,
  sortDictionary,
  rankIds,
} from './dictionary';
export { widenIntegers, copyIntegers, copyLongs, narrowIntegers, spreadLongs } from './integers';
export { allocate, release, releaseAll, results } from './memory';
export { decodeIntegers } from './rle2-decode';
export { encodeIntegers } from './rle2-encode';
export { integerStatistics, timestampStatistics, stringExtremes } from './statistics';
export {
  locateStrings,
  pickStrings,
  widenLengths,
  gatherStrings,
  areAdjacent,
  writeOffsets,
} from './strings';
export { splitMillis, checkTimestamps, encodeTimestamps, decodeTimestamps } from './timestamps';
