// age-encryption: a stream for a key pair.

import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';

const own = async () => (localStorage.age ||= await generateX25519Identity());

export const seal = async (file) => {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(await own()));
  return encrypter.encrypt(file.stream());
};

export const open = async (file) => {
  const decrypter = new Decrypter();
  decrypter.addIdentity(await own());
  return decrypter.decrypt(file.stream());
};
