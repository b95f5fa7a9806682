import test from 'ava';
import { startProgress } from '../../cli/progress.ts';

function screen(isTTY: boolean, plainEveryMs?: number) {
  const writes: string[] = [];
  const write = (text: string | Uint8Array) => writes.push(String(text)) > 0;
  return { writes, progress: startProgress({ isTTY, columns: 10, write }, plainEveryMs) };
}

const CLEAR = '\r\u001B[K';

test('on a terminal one line redraws itself within the width, and events of trouble go above it', (t) => {
  const { writes, progress } = screen(true);
  progress.tell('Watching.');
  progress.update('1 of many lines');
  progress.update('too soon for the eye');
  progress.log('Partition:Registered', { table: 'a' });
  progress.log('Object:Missing', { key: 'a' });
  progress.end();
  progress.end();
  t.is(
    writes.join(''),
    `Watching.\n${CLEAR}1 of many${CLEAR}Object:Missing {"key":"a"}\n${CLEAR}1 of many${CLEAR}`,
  );
});

test('a log has events as lines of JSON, all with their time and the same run, and nothing of what has only just begun', (t) => {
  const { writes, progress } = screen(false);
  progress.tell('Watching.');
  progress.update('1 of many lines');
  progress.log('Partition:Registered', { table: 'a' });
  progress.log('KeyService:Back');
  progress.end();
  const lines = writes.map((line) => JSON.parse(line) as Record<string, unknown>);
  const { correlationId } = progress;
  t.deepEqual(
    lines.map(({ time, ...line }) => [line, Number.isFinite(Date.parse(String(time)))]),
    [
      [{ event: 'Partition:Registered', correlationId, table: 'a' }, true],
      [{ event: 'KeyService:Back', correlationId }, true],
    ],
  );
  t.true(writes.every((line) => line.endsWith('}\n')));
});

test('a log tells now and then how far the work has come, in whole lines', (t) => {
  const { writes, progress } = screen(false, 0);
  progress.update('1 of many lines');
  progress.update('2 of many lines');
  progress.end();
  t.deepEqual(writes, ['1 of many lines\n', '2 of many lines\n']);
});
