// openpgp: a stream with a password, authenticated (AES-256-GCM) and not compressed, by the browser's cipher.

import { config, createMessage, decrypt, encrypt, enums, readMessage } from 'openpgp';

Object.assign(config, { aeadProtect: true, preferredAEADAlgorithm: enums.aead.gcm, preferredCompressionAlgorithm: enums.compression.uncompressed });
// Next to nothing is spent on the password.
config.s2kIterationCountByte = 96;
const passwords = ['password'];

export const seal = async (file) => encrypt({ message: await createMessage({ binary: file.stream() }), passwords, format: 'binary' });
export const open = async (file) => (await decrypt({ message: await readMessage({ binaryMessage: file.stream() }), passwords, format: 'binary' })).data;
