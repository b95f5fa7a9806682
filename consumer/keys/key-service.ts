/** Unwraps data keys. Behind it: an HSM through DKS, AWS KMS, or, on one machine, nothing but a convention. */
export interface KeyService {
  /**
   * Asks once: whether and when to ask again is decided by the key ring alone.
   *
   * @throws the signal's reason when it is aborted, and nothing that a service or a network can cause.
   */
  decrypt(request: KeyRequest, signal: AbortSignal): Promise<KeyAnswer>;
  /** Whether the service says that it can unwrap keys; missing where there is nobody to ask. Throws as `decrypt`. */
  isHealthy?(signal: AbortSignal): Promise<boolean>;
  /** Lets go of idle connections. */
  close(): void;
}

/** What an envelope says about the key of its document. */
export interface KeyRequest {
  /** `keyEncryptionKeyId`, such as `cloudhsm:262152,262151`. */
  readonly keyId: string;
  /** `encryptedEncryptionKey`: base64. */
  readonly wrappedKey: string;
}

/** Reasons hold statuses and places, never a part of a key. */
export type KeyAnswer =
  | KeyFound
  /** Asking again for this key would get the same answer, whatever the state of the service. */
  | KeyRefused
  /** Anything else: nothing is known about this key. */
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface KeyFound {
  readonly kind: 'key';
  /** 16, 24 or 32 bytes in a buffer of their own. Shared by everyone who asked: not to be written or transferred. */
  readonly key: Uint8Array;
}

export interface KeyRefused {
  readonly kind: 'refused';
  readonly reason: string;
}
