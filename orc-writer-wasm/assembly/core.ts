// What the host may call. Every file beside this one is a section of https://orc.apache.org/specification/ORCv1/, which
// its first line names, or says that it is none.
// Rules that hold everywhere: memory is addressed directly, nothing is managed, nothing throws (a result says what
// went wrong), no i64 crosses the boundary.

export { addLongs, addStrings, mayHaveLong, mayHaveString } from './bloom-filter';
export { encodeBytes, decodeBytes, packBits, unpackBits, countBits } from './byte-rle';
export { cutStrings, padStrings } from './characters';
export { listLengths, matchTags, areTags } from './collections';
export {
  joinDecimals,
  splitDecimals,
  haveDigits,
  encodeDecimals,
  decodeDecimals,
  rescaleDecimals,
  decimalStatistics,
} from './decimals';
export {
  newDictionary,
  freeDictionary,
  intern,
  internMapped,
  locateEntries,
  sortDictionary,
  rankIds,
} from './dictionary';
export {
  widenIntegers,
  copyIntegers,
  copyLongs,
  narrowIntegers,
  spreadLongs,
  spreadIds,
  copyBytes,
  widenBytes,
  spreadBytes,
  spreadIntegers,
} from './integers';
export {
  gatherValues,
  gatherBits,
  gatherNumbers,
  pickNumbered,
  gatherOffsets,
  gatherData,
  expandPicks,
} from './gather';
export { decompressLz4, compressLz4 } from './lz4';
export { decompressLzo, compressLzo } from './lzo';
export { allocate, release, releaseAll, results } from './memory';
export { newMerge, giveBatch, startMerge, mergeRows, forgetPicks, standsAlone, skipRows } from './merge';
export { decodeIntegers1 } from './rle1-decode';
export { decodeIntegers } from './rle2-decode';
export { encodeIntegers } from './rle2-encode';
export {
  startKeys,
  measureStrings,
  placeKeys,
  endPart,
  addStringKeys,
  addIntegerKeys,
  addSignKeys,
  addUnsignedKeys,
  addDoubleKeys,
  addBitKeys,
} from './sort-keys';
export { decompressSnappy, compressSnappy } from './snappy';
export {
  integerStatistics,
  timestampStatistics,
  stringExtremes,
  doubleStatistics,
  promoteFloats,
} from './statistics';
export {
  locateStrings,
  pickStrings,
  widenLengths,
  gatherStrings,
  areAdjacent,
  writeOffsets,
  measureEntries,
  gatherEntries,
} from './strings';
export { splitMillis, checkTimestamps, encodeTimestamps, decodeTimestamps, toMillis } from './timestamps';
