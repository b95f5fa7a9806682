const redrawMs = 100;
const logLineMs = 10_000;

/** Shows how far long work has come; `end` must be called, also after a failure. */
export interface Progress {
  update(line: string): void;
  end(): void;
}

/**
 * On a terminal one line that redraws itself; elsewhere (a log, a CI job) a plain line every ten seconds, so
 * that short work leaves no trace at all.
 */
export function startProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let shownAtMs = performance.now();
  const isTerminal = stream.isTTY;
  return {
    update(line) {
      const nowMs = performance.now();
      if (nowMs - shownAtMs < (isTerminal ? redrawMs : logLineMs)) return;
      shownAtMs = nowMs;
      stream.write(isTerminal ? `\r\u001B[K${line.slice(0, (stream.columns || 80) - 1)}` : `${line}\n`);
    },
    end() {
      if (isTerminal) stream.write('\r\u001B[K');
    },
  };
}
