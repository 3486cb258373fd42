// This package.

import { open as opened, seal as sealed } from '/pkg/vault.js';

const id = new Uint8Array(16).fill(1);
const key = new Uint8Array(32).fill(2);

export const seal = async (file) => (await sealed(file, { to: [{ id, wrapper: key }] })).stream();
export const open = async (file) => (await opened(file, { wrapper: { id, key } })).stream();
