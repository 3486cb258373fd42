// call
new Worker("/vectors/worker.js#" + at("worker"), { type: "module" });
