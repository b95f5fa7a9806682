// The entry for importers. It is plain JavaScript so that it can say what is missing before the first build.

const built = await import('./build/orc.js').catch((cause) => {
  if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
  throw new Error('orc-writer-wasm is not built yet: run "npm run build --workspace orc-writer-wasm"', {
    cause,
  });
});

export const {
  createWriter,
  openReader,
  mergeBatches,
  mergeFiles,
  mergeSorted,
  parseSchema,
  formatSchema,
  OrcError,
  FileFormatException,
  UnknownFormatException,
  CorruptStreamError,
  SchemaMismatchError,
  MemoryLimitError,
  WriterClosedError,
} = built;
