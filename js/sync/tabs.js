// Telling what happened to every tab: by a channel or, where there is none, by an entry that comes and goes.

const NAME = 'mixus-privacy-news';

/** `say` tells this page, `heard` is called with what other tabs told: some of it is for nobody else. */
export const news = (say, heard) => {
  let channel;
  const hear = ([name, detail]) => {
    heard(name, detail);
    if (detail) say(name, detail);
  };
  const stored = ({ key, newValue }) => {
    if (key !== NAME || !newValue) return;
    try {
      hear(JSON.parse(newValue));
    } catch {
      // Nobody's news.
    }
  };
  try {
    channel = new BroadcastChannel(NAME);
    channel.onmessage = ({ data }) => hear(data);
  } catch {
    addEventListener('storage', stored);
  }
  return {
    tell: (name, detail) => {
      if (detail) say(name, detail);
      try {
        if (channel) channel.postMessage([name, detail]);
        else {
          localStorage[NAME] = JSON.stringify([name, detail, Math.random()]);
          localStorage.removeItem(NAME);
        }
      } catch {
        // The other tabs learn of it when they look.
      }
    },
    end: () => {
      channel?.close();
      removeEventListener('storage', stored);
    },
  };
};
