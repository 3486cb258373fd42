import { on, start } from '@mixus/privacy';

window.errors = [];
on('error', ({ code, path }) => window.errors.push({ code, path }));
start({ region: 'DE' }).then(() => (window.started = true));
