// call
const url = URL.createObjectURL(new Blob([`fetch("${at("blob")}", { mode: "no-cors" }).catch(() => {})`]));
new Worker(url);
URL.revokeObjectURL(url);
