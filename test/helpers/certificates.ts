import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** A certificate and its private key, as PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  /** Its own certificate, as PEM. */
  readonly certificate: string;
  /** @param dnsNames the host names it is for, if it is a server's. */
  issue(commonName: string, dnsNames?: readonly string[]): Identity;
}

/** A new certificate authority. What it makes is valid from an hour ago for a day. */
export function certificateAuthority(commonName: string): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = extension(oids.basicConstraints, true, sequence(boolean(true)));

  return {
    certificate: certificate(commonName, commonName, own.publicKey, own.privateKey, [isAuthority]),
    issue(name, dnsNames = []) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = sequence(...dnsNames.map((dnsName) => der(0x82, Buffer.from(dnsName))));
      const extensions = dnsNames.length > 0 ? [extension(oids.subjectAltName, false, names)] : [];
      return {
        certificate: certificate(name, commonName, publicKey, own.privateKey, extensions),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

/** RFC 5280 section 4.1, signed with ECDSA and SHA-256. */
function certificate(
  subject: string,
  issuer: string,
  subjectKey: KeyObject,
  issuerKey: KeyObject,
  extensions: readonly Buffer[],
): string {
  const algorithm = sequence(oids.ecdsaWithSha256);
  const hourMs = 3_600_000;
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    distinguishedName(issuer),
    sequence(time(Date.now() - hourMs), time(Date.now() + 24 * hourMs)),
    distinguishedName(subject),
    subjectKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  );
  const signature = sign('sha256', toBeSigned, issuerKey);
  const signed = sequence(toBeSigned, algorithm, der(0x03, Buffer.of(0), signature));
  return `-----BEGIN CERTIFICATE-----\n${signed.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

const oids = {
  commonName: Buffer.from('0603550403', 'hex'),
  subjectAltName: Buffer.from('0603551d11', 'hex'),
  basicConstraints: Buffer.from('0603551d13', 'hex'),
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
};

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oids.commonName, der(0x0c, Buffer.from(commonName)))));
}

function extension(oid: Buffer, critical: boolean, value: Buffer): Buffer {
  return sequence(oid, ...(critical ? [boolean(true)] : []), der(0x04, value));
}

/** GeneralizedTime, in whole seconds. */
function time(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return der(0x18, Buffer.from(`${digits}Z`));
}

function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.of(value ? 0xff : 0));
}

function sequence(...members: readonly Buffer[]): Buffer {
  return der(0x30, ...members);
}

/** Tag, length, value (X.690 section 8.1). */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const value = Buffer.concat(contents);
  const length =
    value.length < 128
      ? Buffer.of(value.length)
      : value.length < 256
        ? Buffer.of(0x81, value.length)
        : Buffer.of(0x82, value.length >> 8, value.length & 0xff);
  return Buffer.concat([Buffer.of(tag), length, value]);
}
