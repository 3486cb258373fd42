// call once
import('data:text/javascript,' + encodeURIComponent(`new Image().src = '${at('p.svg')}'`)).catch(() => {});
