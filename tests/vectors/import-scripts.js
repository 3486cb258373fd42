// call
const url = URL.createObjectURL(new Blob([`importScripts("${at("imported.js")}")`]));
new Worker(url);
