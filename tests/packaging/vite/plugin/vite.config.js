import privacy from '@mixus/privacy/vite';

// A folder of its own, for other projects beside this one prepare theirs at the same time.
export default { cacheDir: '../prepared', plugins: [privacy({ allow: ['cdn.example'] })] };
