// call
new SharedWorker("/vectors/worker.js#" + at("worker"));
