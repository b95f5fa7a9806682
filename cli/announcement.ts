import type { ListedObject } from '../storage/store.ts';

/**
 * The notification that S3 would send for a new object. It pins nothing: on one machine whoever announces a file has
 * not read it, and the reader takes what is there.
 */
export function announcement({ key, size }: Pick<ListedObject, 'key' | 'size'>): string {
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: 'corporate' }, object: { key: formEncoded(key), size } },
      },
    ],
  });
}

/** S3 encodes keys in its events as forms do, with slashes left alone. */
function formEncoded(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}
