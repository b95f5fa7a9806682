import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Moto's server: S3, SQS, Glue and DynamoDB of another maker, in memory. */
export interface MotoServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param python - with moto[server] */
export async function startMoto(python: string): Promise<MotoServer> {
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines = createInterface({ input: child.stderr });
  const url = await new Promise<string>((resolve, reject) => {
    // It goes on telling of each request, which has to be taken from it.
    lines.on('line', (line) => {
      const [found] = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`moto's server ended with ${code}`)));
  });
  return {
    url,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}
