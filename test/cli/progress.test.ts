import test from 'ava';
import { startProgress } from '../../cli/progress.ts';

function screen(isTTY: boolean) {
  const writes: string[] = [];
  const write = (text: string | Uint8Array) => writes.push(String(text)) > 0;
  return { writes, progress: startProgress({ isTTY, columns: 10, write }) };
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

test('a log has events and nothing else', (t) => {
  const { writes, progress } = screen(false);
  progress.tell('Watching.');
  progress.update('1 of many lines');
  progress.log('Partition:Registered', { table: 'a' });
  progress.log('KeyService:Back');
  progress.end();
  t.deepEqual(writes, ['Partition:Registered {"table":"a"}\n', 'KeyService:Back {}\n']);
});
