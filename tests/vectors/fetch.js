// call
fetch(at("fetch"), { mode: "no-cors" }).catch(() => {});
