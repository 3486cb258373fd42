// Things that are tried one after the other: a line of JSON for each, with what came of it.

/** Runs functions by their names, and ends the process. */
export const run = async (tries) => {
  for (const [name, attempt] of Object.entries(tries)) {
    try {
      await attempt();
      console.log(JSON.stringify({ name }));
    } catch (error) {
      console.log(JSON.stringify({ name, error: String(error?.stack ?? error) }));
    }
  }
  process.exit();
};
