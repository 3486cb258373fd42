// call
new FontFace("vendor", `url("${at("font.woff2")}")`).load().catch(() => {});
