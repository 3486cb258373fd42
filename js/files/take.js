// Files as they come: dropped with their folders, pasted, or chosen.

/** All that a folder holds. It is asked until it has nothing more to say: browsers tell of a hundred at a time. */
const within = async (folder) => {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return all;
    all.push(...some);
  }
};

const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

/**
 * What was dropped: `{files, unread}`, each file with its path in the folder that was dropped. It has to be called while the event is
 * being heard, since a browser hands out what was dropped no longer than that.
 */
export const dropped = async ({ items, files }) => {
  const things = [...(items || [])].filter(({ kind }) => kind === 'file').map((it) => it.webkitGetAsEntry?.() || it.getAsFile());
  const found = [];
  let unread = 0;
  // A list and no recursion: folders may be as deep as somebody likes.
  const waiting = (things[0] ? things : [...files]).filter(Boolean);
  while (waiting.length) {
    const it = waiting.shift();
    try {
      if (it instanceof Blob) found.push({ file: it });
      else if (it.isDirectory) waiting.unshift(...(await within(it)));
      else found.push({ file: await fileOf(it), path: it.fullPath.replace(/^\//, '') });
    } catch {
      unread += 1;
    }
  }
  return { files: found, unread };
};

/** Whether what is being dragged has files: what they are is told only once they are dropped. */
export const hasFiles = (transfer) => !!transfer && [...transfer.types].includes('Files');
