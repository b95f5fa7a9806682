declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** An HTTP server that behaves like DynamoDB, with tables in memory. */
  export default function dynalite(options: { readonly createTableMs: number }): Server;
}
