import { on, start } from '/node_modules/@mixus/privacy/index.js';

window.errors = [];
on('error', ({ code, path }) => window.errors.push({ code, path }));
start({ region: 'DE' }).then(() => (window.started = true));
