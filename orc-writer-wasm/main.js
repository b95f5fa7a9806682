// The entry for importers. It is plain JavaScript so that it can say what is missing before the first build, and
// synchronous, because V8 aborts the process when a thread is terminated while modules above an awaiting one run.
import { createRequire } from 'node:module';

const built = load();

function load() {
  try {
    return createRequire(import.meta.url)('./build/orc.js');
  } catch (cause) {
    if (cause.code !== 'MODULE_NOT_FOUND') throw cause;
    throw new Error('orc-writer-wasm is not built yet: run "npm run build --workspace orc-writer-wasm"', {
      cause,
    });
  }
}

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
