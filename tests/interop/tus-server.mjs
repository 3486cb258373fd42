// npm's `@tus/server` over a folder: says where it listens, and ends with whoever started it.

import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

const server = new Server({ path: '/files', datastore: new FileStore({ directory: process.argv[2] }) });
const listening = server.listen({ port: 0, host: '127.0.0.1' }, () => console.log(`http://127.0.0.1:${listening.address().port}/files`));
process.stdin.on('end', () => process.exit()).resume();
